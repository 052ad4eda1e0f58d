//! Who wants to be mailed of what waits for them, and how much that is.

use rusqlite::{OptionalExtension, params};

use super::rows::{count, from_word, instant, micros, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::account::{Account, Role};
use crate::domain::digest::{DigestChoice, Waiting, WaitingKind};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// Somebody who wants to be mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// Who.
    pub account: AccountId,
    /// When.
    pub choice: DigestChoice,
    /// What is newer is urgent news.
    pub urgent_at: Timestamp,
}

/// Of each role: a sort of thing, and how many wait. `?1` is the account, `?2` its partner, `?3` the present.
const OFFICER: &[(WaitingKind, &str)] = &[
    (
        WaitingKind::UrgentReports,
        "SELECT count(*) FROM report_queue WHERE sale = 0 AND ends_at > ?3 AND ends_at <= ?3 + 86400000000
             AND (state = 'open' OR state = 'in review' AND officer_id = ?1)",
    ),
    (
        WaitingKind::OpenReports,
        "SELECT count(*) FROM report_queue WHERE state = 'open'",
    ),
    (
        WaitingKind::TakenReports,
        "SELECT count(*) FROM report_queue WHERE officer_id = ?1 AND state = 'in review'",
    ),
    (
        WaitingKind::NewAnswers,
        "SELECT (SELECT count(*) FROM disclosure_requests AS r
                 WHERE requested_by = ?1 AND state IN ('answered', 'declined') AND looked_at IS NULL
                     AND NOT EXISTS (SELECT 1 FROM disclosure_notices AS n WHERE n.request_id = r.id AND n.kind = 'recalled'))
              + (SELECT count(*) FROM report_questions WHERE asked_by = ?1 AND answer IS NOT NULL AND looked_at IS NULL)",
    ),
    (
        WaitingKind::HoldsRunOut,
        "SELECT count(*) FROM holds WHERE state = 'held' AND told_at IS NOT NULL AND asked_by = ?1",
    ),
    (WaitingKind::OpenLeads, "SELECT count(*) FROM leads WHERE followed_at IS NULL"),
    (
        WaitingKind::SearchHits,
        "SELECT count(*) FROM saved_searches AS s JOIN search_hits AS h ON h.search_id = s.id
         WHERE s.account_id = ?1 AND h.seen_at IS NULL",
    ),
];
const SUPERVISOR: &[(WaitingKind, &str)] = &[
    (
        WaitingKind::Approvals,
        "SELECT count(*) FROM disclosure_requests AS r WHERE state = 'requested'
             AND NOT EXISTS (SELECT 1 FROM disclosure_notices AS n WHERE n.request_id = r.id AND n.kind = 'recalled')",
    ),
    (
        WaitingKind::OverdueAnswers,
        "SELECT count(*) FROM disclosure_requests AS r WHERE state = 'asked'
             AND EXISTS (SELECT 1 FROM disclosure_notices AS n WHERE n.request_id = r.id AND n.kind = 'escalated')
             AND NOT EXISTS (SELECT 1 FROM disclosure_notices AS n WHERE n.request_id = r.id AND n.kind = 'recalled')",
    ),
];
const PARTNER: &[(WaitingKind, &str)] = &[
    (
        WaitingKind::Holds,
        "SELECT count(*) FROM holds WHERE partner_id = ?2 AND state = 'asked'",
    ),
    (
        WaitingKind::Requests,
        "SELECT count(*) FROM disclosure_requests AS r WHERE partner_id = ?2 AND state = 'asked'
             AND NOT EXISTS (SELECT 1 FROM disclosure_notices AS n WHERE n.request_id = r.id AND n.kind = 'recalled')",
    ),
    (
        WaitingKind::PoliceQuestions,
        "SELECT count(*) FROM report_questions AS q JOIN reports AS r ON r.id = q.report_id JOIN listings AS l ON l.id = r.listing_id
         WHERE q.asked = 'partner' AND q.answer IS NULL AND l.partner_id = ?2",
    ),
    (
        WaitingKind::DeadEndpoints,
        "SELECT count(*) FROM webhooks WHERE partner_id = ?2 AND state IN ('failed', 'gone')",
    ),
];
const OWNER: &[(WaitingKind, &str)] = &[
    (
        WaitingKind::OwnerQuestions,
        "SELECT count(*) FROM questions WHERE owner_id = ?1 AND answer IS NULL",
    ),
    (
        WaitingKind::PoliceQuestions,
        "SELECT count(*) FROM report_questions AS q JOIN reports AS r ON r.id = q.report_id JOIN items AS i ON i.id = r.item_id
         WHERE q.asked = 'owner' AND q.answer IS NULL AND i.owner_id = ?1",
    ),
];
const ADMINISTRATOR: &[(WaitingKind, &str)] = &[(
    WaitingKind::DeadEndpoints,
    "SELECT count(*) FROM webhooks WHERE partner_id IS NULL AND state IN ('failed', 'gone')",
)];

/// Of each role: what has become urgent after `?3`, and still waits.
const URGENT_OFFICER: &[(WaitingKind, &str)] = &[
    (
        WaitingKind::UrgentReports,
        "SELECT count(*) FROM urgent_reports AS u JOIN report_queue AS q ON q.report_id = u.report_id
         WHERE u.told_at > ?3 AND q.sale = 0 AND (q.state = 'open' OR q.state = 'in review' AND q.officer_id = ?1)",
    ),
    (
        WaitingKind::SearchHits,
        "SELECT count(*) FROM saved_searches AS s JOIN search_hits AS h ON h.search_id = s.id
         WHERE s.account_id = ?1 AND h.seen_at IS NULL AND h.found_at > ?3",
    ),
];
const URGENT_SUPERVISOR: &[(WaitingKind, &str)] = &[(
    WaitingKind::Approvals,
    "SELECT count(*) FROM disclosure_requests AS r WHERE state = 'requested' AND requested_at > ?3
         AND NOT EXISTS (SELECT 1 FROM disclosure_notices AS n WHERE n.request_id = r.id AND n.kind = 'recalled')",
)];
const URGENT_PARTNER: &[(WaitingKind, &str)] = &[
    (
        WaitingKind::Holds,
        "SELECT count(*) FROM holds WHERE partner_id = ?2 AND state = 'asked' AND (asked_at > ?3 OR reminded_at > ?3)",
    ),
    (
        WaitingKind::Requests,
        "SELECT count(*) FROM disclosure_requests AS r WHERE partner_id = ?2 AND state = 'asked'
             AND (EXISTS (SELECT 1 FROM disclosure_approvals AS a WHERE a.request_id = r.id AND a.at > ?3)
                  OR EXISTS (SELECT 1 FROM disclosure_notices AS n WHERE n.request_id = r.id AND n.kind = 'reminded' AND n.at > ?3))
             AND NOT EXISTS (SELECT 1 FROM disclosure_notices AS n WHERE n.request_id = r.id AND n.kind = 'recalled')",
    ),
    (
        WaitingKind::PoliceQuestions,
        "SELECT count(*) FROM report_questions AS q JOIN reports AS r ON r.id = q.report_id JOIN listings AS l ON l.id = r.listing_id
         WHERE q.asked = 'partner' AND q.answer IS NULL AND q.asked_at > ?3 AND l.partner_id = ?2",
    ),
];
const URGENT_OWNER: &[(WaitingKind, &str)] = &[
    (
        WaitingKind::OwnerQuestions,
        "SELECT count(*) FROM questions WHERE owner_id = ?1 AND answer IS NULL AND asked_at > ?3",
    ),
    (
        WaitingKind::PoliceQuestions,
        "SELECT count(*) FROM report_questions AS q JOIN reports AS r ON r.id = q.report_id JOIN items AS i ON i.id = r.item_id
         WHERE q.asked = 'owner' AND q.answer IS NULL AND q.asked_at > ?3 AND i.owner_id = ?1",
    ),
];

impl Tx<'_> {
    /// Keeps when somebody wants to be mailed. The next daily mail is the one after `daily_from`, and urgent is what comes from now on.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_digest(&mut self, account: AccountId, choice: DigestChoice, daily_from: Timestamp) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached("DELETE FROM digests WHERE account_id = ?1")?
            .execute([account.0.as_bytes()])?;
        if choice != DigestChoice::None {
            self.connection
                .prepare_cached("INSERT INTO digests (account_id, choice, daily_at, urgent_at) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![account.0.as_bytes(), choice.word(), micros(daily_from), now])?;
        }
        Ok(())
    }

    /// Notes that the daily mail of `mark` was thought of.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_daily_digest(&mut self, account: AccountId, mark: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE digests SET daily_at = ?2 WHERE account_id = ?1")?
            .execute(params![account.0.as_bytes(), micros(mark)])?;
        Ok(())
    }

    /// Notes that somebody was mailed of what is urgent, now.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_urgent_digest(&mut self, account: AccountId) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached("UPDATE digests SET urgent_at = ?2, mailed_at = ?2 WHERE account_id = ?1")?
            .execute(params![account.0.as_bytes(), now])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// When somebody wants to be mailed.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn digest_choice(&self, account: AccountId) -> Result<DigestChoice, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT choice FROM digests WHERE account_id = ?1")?;
        let choice = query.query_row([account.0.as_bytes()], |row| from_word(row, "choice"));
        Ok(choice.optional()?.unwrap_or(DigestChoice::None))
    }

    /// Those whose daily mail of `mark` is due, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn daily_digests_due(&self, mark: Timestamp, limit: usize) -> Result<Vec<AccountId>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT account_id FROM digests WHERE daily_at < ?1 LIMIT ?2")?;
        let rows = query.query_map(params![micros(mark), count(limit)], |row| {
            Ok(AccountId(uuid(row, "account_id")?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Those who want to know at once what is urgent, and were not told after `before`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn urgent_digests(&self, before: Timestamp) -> Result<Vec<Digest>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM digests WHERE choice = 'urgent' AND (mailed_at IS NULL OR mailed_at <= ?1)")?;
        let rows = query.query_map([micros(before)], |row| {
            Ok(Digest {
                account: AccountId(uuid(row, "account_id")?),
                choice: from_word(row, "choice")?,
                urgent_at: instant(row, "urgent_at")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What waits for somebody; sorts of which nothing does are left out.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn waiting_for(&self, account: &Account, now: Timestamp) -> Result<Vec<Waiting>, StoreError> {
        self.counted(
            account,
            now,
            match account.role {
                Role::Officer => &[OFFICER],
                Role::Supervisor => &[OFFICER, SUPERVISOR],
                Role::Partner => &[PARTNER],
                Role::Owner => &[OWNER],
                Role::Administrator => &[ADMINISTRATOR],
                Role::Auditor => &[],
            },
        )
    }

    /// What has become urgent for somebody after `since`, and still waits.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn urgent_for(&self, account: &Account, since: Timestamp) -> Result<Vec<Waiting>, StoreError> {
        self.counted(
            account,
            since,
            match account.role {
                Role::Officer => &[URGENT_OFFICER],
                Role::Supervisor => &[URGENT_OFFICER, URGENT_SUPERVISOR],
                Role::Partner => &[URGENT_PARTNER],
                Role::Owner => &[URGENT_OWNER],
                Role::Administrator | Role::Auditor => &[],
            },
        )
    }

    fn counted(&self, account: &Account, at: Timestamp, sorts: &[&[(WaitingKind, &str)]]) -> Result<Vec<Waiting>, StoreError> {
        let mut waiting = Vec::new();
        for (kind, sql) in sorts.iter().flat_map(|sorts| sorts.iter()) {
            // Not every count asks for every parameter; each is named so that the numbers stand.
            let sql = format!("WITH asked (account, partner, at) AS (SELECT ?1, ?2, ?3) {sql}");
            let partner = account.partner.map(|id| id.0.into_bytes());
            let found: i64 = self
                .connection
                .prepare_cached(&sql)?
                .query_row(params![account.id.0.as_bytes(), partner, micros(at)], |row| row.get(0))?;
            if found > 0 {
                waiting.push(Waiting {
                    kind: *kind,
                    count: found.unsigned_abs(),
                });
            }
        }
        Ok(waiting)
    }
}
