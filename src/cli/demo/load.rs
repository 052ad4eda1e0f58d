//! Loading the sample as its people would: partners, letters, accounts and tokens as an administrator makes them, everything
//! else through the HTTP API.
//!
//! Half of the thefts are reported before the listings arrive and half after, so that both directions of matching are at work.
//! Items are registered on the days that their story has (`past`), by the service's own clock.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::{TimeDelta, Utc};
use futures::stream::{self, StreamExt, TryStreamExt};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::{Client, Refusal};
use super::fixture::{Fixture, SampleItem, SamplePartner, SampleTheft};
use super::past::{REGISTERED_DAYS, registrations};
use super::people::{HOLDS, PASSWORD, SANDBOX, STAFF, desk, owners_name};
use crate::access::{FirstPassword, NewAccount, TokenHolder};
use crate::app::App;
use crate::casework::NewPartner;
use crate::cli::progress::Progress;
use crate::domain::account::Role;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{LetterId, PartnerId, TokenId};
use crate::domain::partner::LetterTerms;
use crate::domain::scope::Scopes;
use crate::store::StoreError;

/// Requests that are under way at once.
const AT_ONCE: usize = 4;

/// What loading gave. Kept with a demo's data, so that it is told again when the demo is opened again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Loaded {
    /// The service's id of each item, and the sample's name for it.
    pub(super) items: BTreeMap<String, String>,
    /// Pushes that were refused: partner's name, listings, why.
    #[serde(default)]
    pub(super) refused: Vec<(String, usize, Refusal)>,
    /// How long it took; not known of a demo that an earlier version loaded.
    #[serde(default)]
    pub(super) times: Option<Times>,
    /// A partner's short name and token, for trying the API.
    #[serde(default)]
    pub(super) partner_token: Option<(String, String)>,
    /// The token of the partner that has no listings yet, for trying a feed of one's own.
    #[serde(default)]
    pub(super) sandbox_token: Option<String>,
}

/// How long the service took to put reports before the police.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Times {
    /// From the beginning of the slowest push without photos.
    pub(super) pushed: Duration,
    /// How many listings that push had.
    pub(super) pushed_listings: usize,
    /// From an officer's verification, the slowest.
    pub(super) verified: Duration,
    /// All of the loading.
    pub(super) all: Duration,
}

/// Loads the sample into a fresh service.
pub(super) async fn load(app: &App, client: &Client, fixture: &Fixture) -> anyhow::Result<Loaded> {
    let began = Instant::now();
    let mut loader = Loader {
        app,
        client,
        fixture,
        tokens: BTreeMap::new(),
        personal: Vec::new(),
        ids: BTreeMap::new(),
    };
    loader.past().await?;
    let act = Act::new(Actor::CommandLine, Action::DemoLoaded, SubjectKind::Service.all()).with_detail(json!({
        "seed": fixture.seed,
        "clock": "people and items were entered before this with the clock set to the days of their story",
    }));
    app.store.act(act, |_| Ok::<_, StoreError>(())).await?;
    let (early, late) = loader.halves();
    loader.thefts("theft reports before the listings", &early).await?;
    loader.recover(&early).await?;
    settled(app).await?;
    let mut times = Times {
        pushed: Duration::ZERO,
        pushed_listings: 0,
        verified: Duration::ZERO,
        all: Duration::ZERO,
    };
    let mut refused = Vec::new();
    for partner in &fixture.partners {
        let pushed = Instant::now();
        match loader.push(partner).await? {
            Some(refusal) => refused.push((partner.name.clone(), partner.listings.len(), refusal)),
            None => {
                settled(app).await?;
                if pushed.elapsed() > times.pushed {
                    (times.pushed, times.pushed_listings) = (pushed.elapsed(), partner.listings.len());
                }
                loader.listing_photos(partner).await?;
            }
        }
    }
    settled(app).await?;
    times.verified = loader.thefts("theft reports after the listings", &late).await?;
    settled(app).await?;
    loader.forget_personal_tokens().await?;
    times.all = began.elapsed();
    let partner = fixture.partners.first();
    Ok(Loaded {
        items: loader.ids.iter().map(|(key, id)| (id.clone(), key.clone())).collect(),
        refused,
        times: Some(times),
        partner_token: partner.map(|partner| (partner.slug.clone(), loader.tokens[&partner.slug].clone())),
        sandbox_token: loader.tokens.get(SANDBOX).cloned(),
    })
}

/// Waits until matching has seen every change and no effect waits.
async fn settled(app: &App) -> anyhow::Result<()> {
    const PAUSE: Duration = Duration::from_millis(5);
    loop {
        let done = app.store.read(|reader| {
            let matched = reader.cursor("matching")? >= reader.last_change()?;
            Ok::<_, StoreError>(matched && reader.count_effects()? == 0)
        });
        if done.await? {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

struct Loader<'a> {
    app: &'a App,
    client: &'a Client,
    fixture: &'a Fixture,
    /// By address of a person, or short name of a partner.
    tokens: BTreeMap<String, String>,
    personal: Vec<TokenId>,
    /// The service's ids by the sample's names.
    ids: BTreeMap<String, String>,
}

impl Loader<'_> {
    async fn people(&mut self) -> anyhow::Result<()> {
        for (email, name, role) in STAFF {
            self.account(email, name, role, None).await?;
        }
        for partner in &self.fixture.partners {
            self.partner(&partner.slug, &partner.name, partner.terms.clone()).await?;
        }
        if let Some(first) = self.fixture.partners.first() {
            let letter = self.partner(SANDBOX, "Sandbox", first.terms.clone()).await?;
            self.app.casework.set_hold_policy(Actor::CommandLine, letter, HOLDS).await?;
        }
        let owners = self.fixture.owners();
        let mut progress = Progress::of("owners", owners.len() as u64);
        for owner in owners {
            self.account(owner, owners_name(owner).as_str(), Role::Owner, None).await?;
            progress.step();
        }
        Ok(())
    }

    /// Enters a partner with its letter, its desk and a token.
    async fn partner(&mut self, slug: &str, name: &str, terms: LetterTerms) -> anyhow::Result<LetterId> {
        let new = NewPartner {
            slug: slug.to_owned(),
            name: name.to_owned(),
            photo_hosts: Vec::new(),
        };
        let id = self.app.casework.enter_partner(Actor::CommandLine, new).await?.id;
        let letter = self.app.casework.enter_letter(Actor::CommandLine, id, terms).await?.id;
        self.account(&desk(slug), &format!("{name} desk"), Role::Partner, Some(id))
            .await?;
        let holder = TokenHolder::Partner(id);
        let token = self
            .app
            .access
            .create_token(Actor::CommandLine, holder, "demo feed", Scopes::all())
            .await?;
        self.tokens.insert(slug.to_owned(), token.secret.reveal().to_owned());
        Ok(letter)
    }

    /// Makes an account, and a token to speak for it while loading.
    async fn account(&mut self, email: &str, name: &str, role: Role, partner: Option<PartnerId>) -> anyhow::Result<()> {
        let new = NewAccount {
            email: email.to_owned(),
            name: name.to_owned(),
            role,
            partner,
            // Ready for use: whoever tries the demo goes straight to their desk.
            password: FirstPassword::Own(PASSWORD.to_owned()),
        };
        let account = self.app.access.create_account(Actor::CommandLine, new).await?;
        let holder = TokenHolder::Account(account.id);
        let token = self
            .app
            .access
            .create_token(Actor::CommandLine, holder, "demo load", Scopes::all())
            .await?;
        self.personal.push(token.summary.id);
        self.tokens.insert(email.to_owned(), token.secret.reveal().to_owned());
        Ok(())
    }

    /// Enters people and items, each with the clock set to the day of its story; then it shows the present again.
    async fn past(&mut self) -> anyhow::Result<()> {
        let present = Utc::now();
        let clock = self.app.clock.clone();
        let mut progress = Progress::of("items", self.fixture.items.len() as u64);
        let mut moved = TimeDelta::days(-REGISTERED_DAYS);
        clock.advance(moved);
        self.people().await?;
        for (day, items) in registrations(self.fixture, present) {
            clock.advance(day - present - moved);
            moved = day - present;
            self.register(&items, &mut progress).await?;
        }
        clock.advance(-moved);
        Ok(())
    }

    async fn register(&mut self, items: &[&SampleItem], progress: &mut Progress) -> anyhow::Result<()> {
        let this = &*self;
        let mut registered = stream::iter(items)
            .map(|item| this.register_one(item))
            .buffer_unordered(AT_ONCE);
        let mut ids = BTreeMap::new();
        while let Some((key, id)) = registered.try_next().await? {
            ids.insert(key, id);
            progress.step();
        }
        drop(registered);
        self.ids.extend(ids);
        Ok(())
    }

    async fn register_one(&self, item: &SampleItem) -> anyhow::Result<(String, String)> {
        let token = &self.tokens[&item.owner];
        let answer = self.client.json(Method::POST, "/items", token, &item.form).await?;
        let id = text(&answer, "id")?;
        for (number, photo) in (1..).zip(&item.photos) {
            let path = format!("/items/{id}/photos/{number}");
            self.client.picture(&path, token, self.fixture.photo(photo)?).await?;
        }
        Ok((item.key.clone(), id))
    }

    /// Reports thefts and has an officer verify those that are verified; how long the slowest verification took until all its
    /// reports were there.
    async fn thefts(&self, what: &'static str, thefts: &[&SampleTheft]) -> anyhow::Result<Duration> {
        let mut progress = Progress::of(what, thefts.len() as u64);
        let mut slowest = Duration::ZERO;
        for theft in thefts {
            let mut statement = theft.statement.clone();
            let items: Vec<Value> = theft.items.iter().map(|key| json!(self.ids[key])).collect();
            statement.insert("items".to_owned(), Value::Array(items));
            let stated = self
                .client
                .json(
                    Method::POST,
                    "/theft-reports",
                    &self.tokens[&theft.owner],
                    &Value::Object(statement),
                )
                .await
                .with_context(|| theft.id.clone())?;
            if theft.verified {
                settled(self.app).await?;
                let began = Instant::now();
                let path = format!("/theft-reports/{}/verification", text(&stated, "id")?);
                let officer = &self.tokens[STAFF[0].0];
                self.client
                    .json(Method::POST, &path, officer, &json!({ "verified": true }))
                    .await
                    .with_context(|| theft.id.clone())?;
                settled(self.app).await?;
                slowest = slowest.max(began.elapsed());
            }
            progress.step();
        }
        Ok(slowest)
    }

    /// The thefts that are reported before the listings arrive, and those after. What was recovered has been stolen before.
    fn halves(&self) -> (Vec<&SampleTheft>, Vec<&SampleTheft>) {
        let (mut early, mut late) = (Vec::new(), Vec::new());
        for (place, theft) in self.fixture.thefts.iter().enumerate() {
            let first = place % 2 == 0 || self.recovered(theft).next().is_some();
            let half = if first { &mut early } else { &mut late };
            half.push(theft);
        }
        (early, late)
    }

    fn recovered<'a>(&'a self, theft: &'a SampleTheft) -> impl Iterator<Item = &'a SampleItem> {
        let items = self.fixture.items.iter();
        items.filter(|item| item.recovered && theft.items.contains(&item.key))
    }

    async fn recover(&self, thefts: &[&SampleTheft]) -> anyhow::Result<()> {
        for item in thefts.iter().flat_map(|theft| self.recovered(theft)) {
            let path = format!("/items/{}", self.ids[&item.key]);
            let step = json!({ "status": "recovered" });
            self.client
                .json(Method::PATCH, &path, &self.tokens[&item.owner], &step)
                .await?;
        }
        Ok(())
    }

    async fn push(&self, partner: &SamplePartner) -> anyhow::Result<Option<Refusal>> {
        let lines: String = partner.listings.iter().map(|listing| format!("{}\n", listing.line)).collect();
        let answer = self.client.push(&partner.slug, &self.tokens[&partner.slug], lines).await?;
        let answer = match answer {
            Ok(answer) => answer,
            Err(refusal) => return Ok(Some(refusal)),
        };
        let rejected = answer["rejected"].as_array().map_or(0, Vec::len);
        anyhow::ensure!(
            answer["accepted"] == partner.listings.len() && rejected == 0,
            "{} took in part of the sample: {answer}",
            partner.slug
        );
        Ok(None)
    }

    async fn listing_photos(&self, partner: &SamplePartner) -> anyhow::Result<()> {
        let photos: Vec<(String, &String)> = partner
            .listings
            .iter()
            .flat_map(|listing| {
                (1..)
                    .zip(&listing.photos)
                    .map(move |(number, photo)| (listing, number, photo))
            })
            .map(|(listing, number, photo): (_, u16, _)| {
                let path = format!("/partners/{}/listings/{}/photos/{number}", partner.slug, listing.reference);
                (path, photo)
            })
            .collect();
        let mut progress = Progress::of("listing photos", photos.len() as u64);
        let token = &self.tokens[&partner.slug];
        let mut kept = stream::iter(photos)
            .map(async |(path, photo)| self.client.picture(&path, token, self.fixture.photo(photo)?).await)
            .buffer_unordered(AT_ONCE);
        while let Some(()) = kept.try_next().await? {
            progress.step();
        }
        Ok(())
    }

    /// People sign in; only partners' systems keep a token.
    async fn forget_personal_tokens(&self) -> anyhow::Result<()> {
        for token in &self.personal {
            self.app.access.revoke_token(Actor::CommandLine, *token).await?;
        }
        Ok(())
    }
}

fn text(answer: &Value, field: &str) -> anyhow::Result<String> {
    let text = answer[field].as_str().with_context(|| format!("an answer without {field}"))?;
    Ok(text.to_owned())
}
