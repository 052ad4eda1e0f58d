//! Partners and letters of intent: entered and revoked by an administrator, or at the command line.
//!
//! Owns what a partner's name, its photo hosts and a letter's terms may be. Leaves tokens to `access`, and what a letter
//! permits to the gates.

use chrono::TimeDelta;
use serde_json::json;
use url::Host;

use super::{Casework, CaseworkError};
use crate::domain::account::Role;
use crate::domain::audit::{Act, Action, Actor, Subject, SubjectKind};
use crate::domain::ids::{LetterId, PartnerId};
use crate::domain::partner::{Letter, LetterTerms, Partner, Slug, SlugError};
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

/// Most hosts that a partner's photos may be fetched from.
const PHOTO_HOSTS_MAX: usize = 50;
/// Most approvals that a letter may ask for.
const APPROVALS_MAX: u8 = 5;
/// Most hours that a letter may give the partner: 90 days.
const RESPONSE_HOURS_MAX: u32 = 90 * 24;
/// Most days that a letter may let data be kept: ten years.
const RETENTION_DAYS_MAX: u32 = 3653;
/// Most years that a letter may hold.
const VALID_YEARS_MAX: i64 = 50;

/// What a partner is made of, as somebody typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPartner {
    /// Its short name in addresses, see [`Slug`].
    pub slug: String,
    /// Its name, 1 to 200 characters.
    pub name: String,
    /// Hosts from which its photos may be fetched; none: any public host.
    pub photo_hosts: Vec<String>,
}

impl Casework {
    /// Enters a partner. Without a letter it may not send anything yet.
    ///
    /// # Errors
    /// When the actor may not, a field cannot be used, the short name is taken, or the store fails.
    pub async fn enter_partner(&self, actor: Actor, new: NewPartner) -> Result<Partner, CaseworkError> {
        self.administers(actor, SubjectKind::Partner.all()).await?;
        let slug: Slug = new
            .slug
            .trim()
            .parse()
            .map_err(|error: SlugError| CaseworkError::invalid("slug", error.to_string()))?;
        let name = text("name", &new.name, 200)?;
        let photo_hosts = hosts(&new.photo_hosts)?;
        self.store
            .act_with(move |tx| {
                let partner = Partner {
                    id: PartnerId::generate(tx.now()),
                    slug,
                    name,
                    photo_hosts,
                    created_at: tx.now(),
                };
                tx.insert_partner(&partner)?;
                let act = Act::new(actor, Action::PartnerCreated, SubjectKind::Partner.with(partner.id.0))
                    .with_detail(json!({ "entered": partner.slug }));
                Ok((partner, vec![act]))
            })
            .await
    }

    /// Enters a letter with a partner. Its terms are fixed from then on; other terms are another letter.
    ///
    /// # Errors
    /// When the actor may not, the partner is missing, a term cannot be used, a letter with this partner and of this reference
    /// holds at the same time, or the store fails.
    pub async fn enter_letter(&self, actor: Actor, partner: PartnerId, terms: LetterTerms) -> Result<Letter, CaseworkError> {
        self.administers(actor, SubjectKind::Letter.all()).await?;
        let terms = checked(terms)?;
        self.store
            .act_with(move |tx| {
                tx.partner(partner)?.ok_or(CaseworkError::missing("partner"))?;
                if let Some(other) = tx.letters_of(partner)?.iter().find(|other| other.doubles(&terms)) {
                    return Err(CaseworkError::invalid("reference", overlap(other)));
                }
                let letter = Letter {
                    id: LetterId::generate(tx.now()),
                    partner,
                    terms,
                    revoked: None,
                    created_at: tx.now(),
                };
                tx.insert_letter(&letter)?;
                let act = Act::new(actor, Action::LetterEntered, SubjectKind::Letter.with(letter.id.0))
                    .with_detail(json!({ "partner": partner, "terms": letter.terms }));
                Ok((letter, vec![act]))
            })
            .await
    }

    /// Revokes a letter: nothing more is disclosed under it, and its partner may send nothing more unless another one holds.
    ///
    /// # Errors
    /// When the actor may not, the letter is missing or revoked already, or the store fails.
    pub async fn revoke_letter(&self, actor: Actor, id: LetterId) -> Result<Letter, CaseworkError> {
        let subject = SubjectKind::Letter.with(id.0);
        self.administers(actor, subject).await?;
        let by = match actor {
            Actor::Account(id) => Some(id),
            _ => None,
        };
        self.store
            .act_with(move |tx| {
                let letter = tx.letter(id)?.ok_or(CaseworkError::missing("letter"))?;
                if letter.revoked.is_some() {
                    return Err(CaseworkError::Conflict("this letter was revoked before".to_owned()));
                }
                tx.revoke_letter(id, by)?;
                let letter = tx.letter(id)?.ok_or(CaseworkError::missing("letter"))?;
                let act = Act::new(actor, Action::LetterRevoked, subject).with_detail(json!({ "partner": letter.partner }));
                Ok((letter, vec![act]))
            })
            .await
    }

    /// Whether the actor administers the service: at its command line, or as an administrator. Else the refusal is logged.
    pub(super) async fn administers(&self, actor: Actor, subject: Subject) -> Result<(), CaseworkError> {
        let allowed = match actor {
            Actor::CommandLine => true,
            Actor::Account(id) => {
                let account = self.store.read(move |reader: &Reader<'_>| reader.account(id)).await?;
                account.is_some_and(|account| account.enabled && account.role == Role::Administrator)
            }
            Actor::Service | Actor::Anonymous | Actor::Partner(..) => false,
        };
        if allowed {
            return Ok(());
        }
        let why = "only an administrator enters and revokes partners and letters";
        let act = Act::new(actor, Action::AccessRefused, subject).with_detail(json!({ "why": why }));
        self.store.act(act, |_| Ok::<_, StoreError>(())).await?;
        Err(CaseworkError::NotAllowed(why))
    }
}

fn overlap(letter: &Letter) -> String {
    let last = letter.terms.valid_to - TimeDelta::microseconds(1);
    let day = |at: Timestamp| at.format("%-d %b %Y").to_string();
    format!(
        "letter {} with this partner has the same reference and is valid from {} to {}; revoke it first, or give the new one \
         another reference",
        letter.id,
        day(letter.terms.valid_from),
        day(last)
    )
}

/// A text of 1 to `max` characters without surrounding white space.
fn text(field: &'static str, given: &str, max: usize) -> Result<String, CaseworkError> {
    let given = given.trim();
    if given.is_empty() || given.chars().count() > max || given.chars().any(char::is_control) {
        return Err(CaseworkError::invalid(
            field,
            format!("give 1 to {max} characters on one line"),
        ));
    }
    Ok(given.to_owned())
}

/// Host names or addresses in their normal form, each once.
fn hosts(given: &[String]) -> Result<Vec<String>, CaseworkError> {
    let mut hosts = Vec::new();
    for host in given.iter().map(|host| host.trim()).filter(|host| !host.is_empty()) {
        let parsed = Host::parse(host)
            .map_err(|_| CaseworkError::invalid("photo_hosts", format!("{host:?} is no host name such as photos.example.org")))?;
        let normal = parsed.to_string();
        if !hosts.contains(&normal) {
            hosts.push(normal);
        }
    }
    if hosts.len() > PHOTO_HOSTS_MAX {
        return Err(CaseworkError::invalid(
            "photo_hosts",
            format!("name at most {PHOTO_HOSTS_MAX} hosts"),
        ));
    }
    Ok(hosts)
}

fn checked(mut terms: LetterTerms) -> Result<LetterTerms, CaseworkError> {
    terms.reference = text("reference", &terms.reference, 200)?;
    if terms.valid_from >= terms.valid_to {
        return Err(CaseworkError::invalid("valid_to", "the letter must end after it begins"));
    }
    if terms.valid_to - terms.valid_from > TimeDelta::days(VALID_YEARS_MAX * 366) {
        return Err(CaseworkError::invalid(
            "valid_to",
            format!("a letter holds at most {VALID_YEARS_MAX} years"),
        ));
    }
    // Not `<=`: what is no number must not pass.
    if !(terms.threshold > 0.0 && terms.threshold < 1.0) {
        return Err(CaseworkError::invalid(
            "threshold",
            "expected a probability above 0 and below 1, such as 0.9",
        ));
    }
    terms.askable.sort_unstable();
    terms.askable.dedup();
    if terms.askable.is_empty() {
        return Err(CaseworkError::invalid(
            "askable",
            "name at least one kind of data that may be asked",
        ));
    }
    if !(1..=APPROVALS_MAX).contains(&terms.approvals) {
        return Err(CaseworkError::invalid(
            "approvals",
            format!("expected 1 to {APPROVALS_MAX} approvals"),
        ));
    }
    if !(1..=RESPONSE_HOURS_MAX).contains(&terms.response_hours) {
        return Err(CaseworkError::invalid(
            "response_hours",
            format!("expected 1 to {RESPONSE_HOURS_MAX} hours"),
        ));
    }
    if !(1..=RETENTION_DAYS_MAX).contains(&terms.retention_days) {
        return Err(CaseworkError::invalid(
            "retention_days",
            format!("expected 1 to {RETENTION_DAYS_MAX} days"),
        ));
    }
    Ok(terms)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;
    use crate::casework::SealKey;
    use crate::domain::account::{Account, Email};
    use crate::domain::ids::AccountId;
    use crate::domain::partner::{LegalBasis, LetterStanding, SellerField};
    use crate::domain::time::Clock;
    use crate::store::Store;

    fn terms() -> LetterTerms {
        LetterTerms {
            legal_basis: LegalBasis::VoluntaryLetter,
            reference: " LoI 2026/3 ".to_owned(),
            valid_from: Utc.with_ymd_and_hms(2020, 1, 1, 0, 0, 0).unwrap(),
            valid_to: Utc.with_ymd_and_hms(2060, 1, 1, 0, 0, 0).unwrap(),
            threshold: 0.9,
            askable: vec![SellerField::Phone, SellerField::Name, SellerField::Name],
            approvals: 1,
            response_hours: 48,
            retention_days: 180,
            document_sha256: None,
        }
    }

    #[test]
    fn names_the_term_that_cannot_be_used() {
        type Change = fn(&mut LetterTerms);
        let cases: [(&str, Change); 13] = [
            ("reference", |terms| terms.reference = "  ".to_owned()),
            ("valid_to", |terms| terms.valid_to = terms.valid_from),
            ("valid_to", |terms| {
                terms.valid_to = terms.valid_from + TimeDelta::days(366 * 60);
            }),
            ("threshold", |terms| terms.threshold = 0.0),
            ("threshold", |terms| terms.threshold = 1.0),
            ("threshold", |terms| terms.threshold = f64::NAN),
            ("askable", |terms| terms.askable.clear()),
            ("approvals", |terms| terms.approvals = 0),
            ("approvals", |terms| terms.approvals = 6),
            ("response_hours", |terms| terms.response_hours = 0),
            ("response_hours", |terms| terms.response_hours = 100_000),
            ("retention_days", |terms| terms.retention_days = 0),
            ("retention_days", |terms| terms.retention_days = 100_000),
        ];
        for (at, (field, change)) in cases.into_iter().enumerate() {
            let mut terms = terms();
            change(&mut terms);
            match checked(terms) {
                Err(CaseworkError::Invalid { field: found, .. }) => assert_eq!(found, field, "case {at}"),
                other => panic!("case {at}: {other:?}"),
            }
        }
        let good = checked(terms()).unwrap();
        assert_eq!(good.reference, "LoI 2026/3");
        assert_eq!(good.askable, [SellerField::Name, SellerField::Phone]);
    }

    #[test]
    fn hosts_are_normal_and_single() {
        let given = ["Photos.Example.ORG", " photos.example.org", "", "bücher.example"].map(str::to_owned);
        assert_eq!(hosts(&given).unwrap(), ["photos.example.org", "xn--bcher-kva.example"]);
        for bad in ["https://photos.example.org", "a b", "photos.example.org/path"] {
            assert!(hosts(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }

    async fn account(store: &Store, role: Role) -> Actor {
        let email: Email = format!("{}@example.org", role.word()).parse().unwrap();
        let made = store
            .act_with(move |tx| {
                let account = Account {
                    id: AccountId::generate(tx.now()),
                    email,
                    name: role.word().to_owned(),
                    role,
                    partner: None,
                    enabled: true,
                    password_change_due: false,
                    created_at: tx.now(),
                };
                tx.insert_account(&account, None)?;
                let act = Act::new(
                    Actor::CommandLine,
                    Action::AccountCreated,
                    SubjectKind::Account.with(account.id.0),
                );
                Ok::<_, StoreError>((account.id, vec![act]))
            })
            .await;
        Actor::Account(made.unwrap())
    }

    #[tokio::test]
    async fn only_administrators_and_the_command_line_enter_and_revoke() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("store.db"), Clock::system()).unwrap();
        let casework = Casework::new(store.clone(), SealKey::new([1; 32]));
        let (officer, administrator) = (
            account(&store, Role::Officer).await,
            account(&store, Role::Administrator).await,
        );
        let new = |slug: &str| NewPartner {
            slug: slug.to_owned(),
            name: "Nordlys".to_owned(),
            photo_hosts: Vec::new(),
        };
        let refused = casework.enter_partner(officer, new("one")).await;
        assert!(matches!(refused, Err(CaseworkError::NotAllowed(_))), "{refused:?}");
        let partner = casework.enter_partner(administrator, new("one")).await.unwrap();
        let taken = casework.enter_partner(Actor::CommandLine, new("one")).await;
        assert!(
            matches!(taken, Err(CaseworkError::Store(StoreError::Exists { .. }))),
            "{taken:?}"
        );

        let refused = casework.enter_letter(officer, partner.id, terms()).await;
        assert!(matches!(refused, Err(CaseworkError::NotAllowed(_))), "{refused:?}");
        let letter = casework.enter_letter(Actor::CommandLine, partner.id, terms()).await.unwrap();
        let now = store.clock().now();
        assert_eq!(letter.standing(now), LetterStanding::Active);
        let twice = casework.enter_letter(administrator, partner.id, terms()).await;
        let told = twice.unwrap_err().to_string();
        assert!(
            told.contains(&letter.id.to_string()) && told.contains("31 Dec 2059"),
            "{told}"
        );
        let revoked = casework.revoke_letter(Actor::CommandLine, letter.id).await.unwrap();
        assert_eq!(revoked.standing(now), LetterStanding::Revoked);
        let again = casework.revoke_letter(administrator, letter.id).await;
        assert!(matches!(again, Err(CaseworkError::Conflict(_))), "{again:?}");
        let anew = casework.enter_letter(administrator, partner.id, terms()).await;
        assert!(anew.is_ok(), "a letter that was revoked stands in the way");
        store.close();
    }
}
