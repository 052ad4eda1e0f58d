//! Accounts: made by an administrator, by owners for themselves, or at the command line; changed and disabled.
//!
//! Erasing an owner's account and data is casework's business, because it touches items and reports.

use std::net::IpAddr;

use serde_json::json;

use super::password;
use super::throttle::Key;
use super::{Access, AccessError, SignedIn};
use crate::domain::account::{Account, Email, EmailError, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, PartnerId};
use crate::store::{Reader, StoreError};

/// What an account is made of.
#[derive(Clone)]
pub struct NewAccount {
    /// How its person signs in.
    pub email: String,
    /// How its person is called, 1 to 100 characters.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// For whom it answers: with role `partner`, and only then.
    pub partner: Option<PartnerId>,
    /// The first password.
    pub password: FirstPassword,
}

/// An account's first password, and who knows it.
#[derive(Clone)]
pub enum FirstPassword {
    /// Its person chose it.
    Own(String),
    /// Somebody else did: its person changes it before anything else on the web.
    Given(String),
}

impl FirstPassword {
    fn text(&self) -> &str {
        match self {
            Self::Own(text) | Self::Given(text) => text,
        }
    }
}

impl Access {
    /// Makes an account.
    ///
    /// # Errors
    /// When a field cannot be used, the address is taken, or the store fails.
    pub async fn create_account(&self, actor: Actor, new: NewAccount) -> Result<Account, AccessError> {
        self.enter_account(Some(actor), new, |_| Ok(())).await
    }

    /// An owner makes their own account. One network address may do so only so often in a while.
    ///
    /// # Errors
    /// When a field cannot be used, the address is taken, or the store fails.
    pub async fn sign_up_owner(
        &self,
        name: &str,
        email: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<Account, AccessError> {
        if let Some(address) = address {
            let entered = self.throttle.enter(
                Key::network(address),
                self.options.address_failures_max,
                self.store.clock().now(),
            );
            entered.map_err(|blocked| AccessError::TooManyTries {
                minutes: blocked.minutes,
            })?;
        }
        let new = NewAccount {
            email: email.to_owned(),
            name: name.to_owned(),
            role: Role::Owner,
            partner: None,
            password: FirstPassword::Own(password.to_owned()),
        };
        self.enter_account(None, new, |_| Ok(())).await
    }

    /// Makes the first administrator, at the command line.
    ///
    /// # Errors
    /// [`AccessError::Conflict`] when there is one; else as [`Access::create_account`].
    pub async fn create_first_administrator(&self, name: &str, email: &str, password: &str) -> Result<Account, AccessError> {
        let new = NewAccount {
            email: email.to_owned(),
            name: name.to_owned(),
            role: Role::Administrator,
            partner: None,
            password: FirstPassword::Own(password.to_owned()),
        };
        let only_first = |reader: &Reader<'_>| {
            if reader.accounts(Some(Role::Administrator))?.is_empty() {
                Ok(())
            } else {
                Err(AccessError::Conflict("there is an administrator already"))
            }
        };
        self.enter_account(Some(Actor::CommandLine), new, only_first).await
    }

    /// Replaces one's own password. Ends all sessions of the account and opens a new one.
    ///
    /// # Errors
    /// [`AccessError::Refused`] when the old one is wrong, [`AccessError::Password`] or [`AccessError::Invalid`] when the new one
    /// cannot be used.
    pub async fn change_password(&self, id: AccountId, old: &str, new: &str) -> Result<SignedIn, AccessError> {
        if !self.verify_password(id, old).await? {
            return Err(AccessError::Refused);
        }
        if old == new {
            return Err(AccessError::invalid("password", "choose another one than the present one"));
        }
        self.set_password(Actor::Account(id), id, new).await?;
        let account = self.account(id).await?;
        self.open_session(account).await
    }

    /// Whether this is the account's password: for acts that ask for it again. Wrong tries count as at signing in, and are
    /// logged.
    ///
    /// # Errors
    /// [`AccessError::TooManyTries`], or a failure of the store.
    pub async fn verify_password(&self, id: AccountId, password: &str) -> Result<bool, AccessError> {
        let known = self.store.read(move |reader| {
            let Some(account) = reader.account(id)? else { return Ok(None) };
            reader.account_by_email(&account.email)
        });
        let (account, hash) = known.await?.ok_or(StoreError::Missing { what: "account" })?;
        let key = Key::account(account.email.as_str());
        let entered = self.throttle.enter(key, self.options.failures_max, self.store.clock().now());
        entered.map_err(|blocked| AccessError::TooManyTries {
            minutes: blocked.minutes,
        })?;
        let right = self.hasher.verify(password, hash).await?;
        if right {
            self.throttle.forgive(key);
        } else {
            let act = Act::new(Actor::Account(id), Action::SignInRefused, SubjectKind::Account.with(id.0))
                .with_detail(json!({ "why": "wrong when asked again" }));
            self.store.act(act, |_| Ok::<_, StoreError>(())).await?;
        }
        Ok(right)
    }

    /// Sets a password for somebody, who must then change it, or one's own after [`Access::verify_password`]. Ends all sessions
    /// of the account.
    ///
    /// # Errors
    /// When the password cannot be used, the account is missing or erased, or the store fails.
    pub async fn set_password(&self, actor: Actor, id: AccountId, password: &str) -> Result<(), AccessError> {
        let account = self.account(id).await?;
        refuse_erased(&account)?;
        password::check(password, account.email.as_str(), &account.name)?;
        let hash = self.hasher.hash(password).await?;
        let act = changed(actor, id, "password");
        let set = self.store.act(act, move |tx| {
            let mut account = tx.account(id)?.ok_or(StoreError::Missing { what: "account" })?;
            refuse_erased(&account)?;
            account.password_change_due = actor != Actor::Account(id);
            tx.save_account(&account)?;
            Ok(tx.set_password_hash(id, Some(&hash))?)
        });
        set.await
    }

    /// Lets an account sign in, or stops it and ends its sessions. The last administrator cannot be stopped.
    ///
    /// # Errors
    /// [`AccessError::Conflict`], when the account is missing, or the store fails.
    pub async fn set_enabled(&self, actor: Actor, id: AccountId, enabled: bool) -> Result<(), AccessError> {
        let act = changed(actor, id, if enabled { "enabled" } else { "disabled" });
        let done = self.store.act(act, move |tx| {
            let mut account = tx.account(id)?.ok_or(StoreError::Missing { what: "account" })?;
            refuse_erased(&account)?;
            let another = |other: &Account| other.enabled && other.id != id;
            if !enabled && account.role == Role::Administrator && !tx.accounts(Some(Role::Administrator))?.iter().any(another) {
                return Err(AccessError::Conflict("the last administrator cannot be disabled"));
            }
            account.enabled = enabled;
            tx.save_account(&account)?;
            if !enabled {
                tx.delete_sessions_of(id)?;
            }
            Ok(())
        });
        done.await
    }

    /// An account.
    ///
    /// # Errors
    /// When it is missing, or the store fails.
    pub async fn account(&self, id: AccountId) -> Result<Account, AccessError> {
        let account = self.store.read(move |reader| reader.account(id)).await?;
        Ok(account.ok_or(StoreError::Missing { what: "account" })?)
    }

    /// A page of the accounts of a role, or of all roles, newest first, and how many there are altogether. Pages count from 1.
    /// Logged.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn consult_accounts(
        &self,
        actor: Actor,
        role: Option<Role>,
        page: usize,
        a_page: usize,
    ) -> Result<(Vec<Account>, usize), AccessError> {
        let consulted = self.store.act_with(move |tx| {
            let all = tx.accounts(role)?;
            let count = all.len();
            let skipped = page.saturating_sub(1).saturating_mul(a_page);
            let shown: Vec<_> = all.into_iter().skip(skipped).take(a_page).collect();
            let detail = json!({ "role": role, "page": page, "accounts": shown.len() });
            let act = Act::new(actor, Action::AccountConsulted, SubjectKind::Account.all()).with_detail(detail);
            Ok(((shown, count), vec![act]))
        });
        consulted.await
    }

    /// Opens an account. Logged.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none, or a failure of the store.
    pub async fn open_account(&self, actor: Actor, id: AccountId) -> Result<Account, AccessError> {
        let act = Act::new(actor, Action::AccountConsulted, SubjectKind::Account.with(id.0));
        let opened = self
            .store
            .act(act, move |tx| tx.account(id)?.ok_or(StoreError::Missing { what: "account" }));
        Ok(opened.await?)
    }

    /// Enters an account; `actor` absent means that its person does it. `rule` is asked inside the transaction.
    async fn enter_account(
        &self,
        actor: Option<Actor>,
        new: NewAccount,
        rule: impl FnOnce(&Reader<'_>) -> Result<(), AccessError> + Send + 'static,
    ) -> Result<Account, AccessError> {
        let email: Email = new
            .email
            .parse()
            .map_err(|error: EmailError| AccessError::invalid("email", error.to_string()))?;
        let name = new.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(AccessError::invalid("name", "give a name of 1 to 100 characters"));
        }
        if (new.role == Role::Partner) != new.partner.is_some() {
            let reason = "an account with role partner names its partner, and no other does";
            return Err(AccessError::invalid("partner", reason));
        }
        password::check(new.password.text(), email.as_str(), &name)?;
        let hash = self.hasher.hash(new.password.text()).await?;
        let entered = self.store.act_with(move |tx| {
            rule(tx)?;
            if let Some(partner) = new.partner {
                tx.partner(partner)?.ok_or(StoreError::Missing { what: "partner" })?;
            }
            let account = Account {
                id: AccountId::generate(tx.now()),
                email,
                name,
                role: new.role,
                partner: new.partner,
                enabled: true,
                password_change_due: matches!(new.password, FirstPassword::Given(_)),
                created_at: tx.now(),
            };
            tx.insert_account(&account, Some(&hash))?;
            let actor = actor.unwrap_or(Actor::Account(account.id));
            let act = Act::new(actor, Action::AccountCreated, SubjectKind::Account.with(account.id.0))
                .with_detail(json!({ "role": account.role }));
            Ok::<_, AccessError>((account, vec![act]))
        });
        entered.await
    }
}

fn refuse_erased(account: &Account) -> Result<(), AccessError> {
    if account.email.is_erased() {
        Err(AccessError::Conflict("this account was erased"))
    } else {
        Ok(())
    }
}

fn changed(actor: Actor, id: AccountId, what: &str) -> Act {
    Act::new(actor, Action::AccountChanged, SubjectKind::Account.with(id.0)).with_detail(json!({ "changed": what }))
}
