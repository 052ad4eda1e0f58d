//! The control body's desk: reading the audit log, which is logged as well.

use serde_json::json;

use super::{Casework, CaseworkError};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, Entry, SubjectKind};
use crate::store::{AuditFilter, ChainFault, Checkpoint, StoreError};

/// Most entries of one page.
pub const ENTRIES_MAX: usize = 1000;

impl Casework {
    /// Entries of the log, newest first: at most a page of 1,000, and one more that tells whether another follows.
    ///
    /// # Errors
    /// When the caller is no auditor, or the store fails.
    pub async fn audit_entries(&self, caller: &Principal, mut filter: AuditFilter) -> Result<Vec<Entry>, CaseworkError> {
        let subject = SubjectKind::AuditLog.all();
        let by = self.person(caller, &[Role::Auditor], subject).await?;
        filter.limit = filter.limit.clamp(1, ENTRIES_MAX + 1);
        let entries = self.store.act_with(move |tx| {
            let entries = tx.audit_entries(&filter)?;
            let detail = json!({
                "account": filter.account,
                "case": filter.case,
                "subject": filter.subject,
                "before": filter.before,
                "entries": entries.len(),
            });
            let act = Act::new(Actor::Account(by), Action::AuditConsulted, subject).with_detail(detail);
            Ok((entries, vec![act]))
        });
        entries.await
    }

    /// The head of the log. Says nothing of anybody, and leaves no entry: it would be another head at once.
    ///
    /// # Errors
    /// When the caller is no auditor, or the store fails.
    pub async fn audit_checkpoint(&self, caller: &Principal) -> Result<Checkpoint, CaseworkError> {
        self.person(caller, &[Role::Auditor], SubjectKind::AuditLog.all()).await?;
        Ok(self.store.read(|reader| reader.checkpoint()).await?)
    }

    /// Walks the whole log, which must also contain checkpoints that were taken earlier. Logged.
    ///
    /// # Errors
    /// When the caller is no auditor, or the store fails; faults of the log itself are the inner result.
    pub async fn verify_audit_log(
        &self,
        caller: &Principal,
        earlier: Vec<Checkpoint>,
    ) -> Result<Result<Checkpoint, ChainFault>, CaseworkError> {
        let subject = SubjectKind::AuditLog.all();
        let by = self.person(caller, &[Role::Auditor], subject).await?;
        let verdict = self.store.read(move |reader| reader.verify_audit_log(&earlier)).await?;
        let detail = match &verdict {
            Ok(head) => json!({ "verified_entries": head.entries, "whole": true }),
            Err(_) => json!({ "whole": false }),
        };
        let act = Act::new(Actor::Account(by), Action::AuditConsulted, subject).with_detail(detail);
        self.store.act(act, |_| Ok::<_, StoreError>(())).await?;
        Ok(verdict)
    }
}
