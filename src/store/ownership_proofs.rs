//! Proof of ownership: what was asked of partners, what they answered, and what officers make of it.

use rusqlite::{Row, params};
use uuid::Uuid;

use super::rows::{content_hash, damaged, from_json, from_word, instant, maybe_instant, maybe_uuid, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{AccountId, ListingId, OwnershipProofId, PartnerId, ReportId};
use crate::domain::ownership_proof::{OwnershipProof, ProofAnswer, ProofJudgement};
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Enters what is asked.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_ownership_proof(&mut self, proof: &OwnershipProof) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO ownership_proofs (id, report_id, listing_id, partner_id, asked, asked_by, asked_at, due_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                proof.id.0.as_bytes(),
                proof.report.0.as_bytes(),
                proof.listing.0.as_bytes(),
                proof.partner.0.as_bytes(),
                to_json(&proof.asked)?,
                proof.asked_by.0.as_bytes(),
                micros(proof.asked_at),
                micros(proof.due_at),
            ])?;
        Ok(())
    }

    /// Puts a picture at a number of an answer that is still awaited. The photo itself must have been entered.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn put_proof_photo(&mut self, id: OwnershipProofId, number: u16, sha256: ContentHash) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO ownership_proof_photos (proof_id, number, sha256) VALUES (?1, ?2, ?3)")?
            .execute(params![id.0.as_bytes(), number, sha256.0])?;
        Ok(())
    }

    /// Enters the answer.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn answer_ownership_proof(&mut self, id: OwnershipProofId, answer: &ProofAnswer) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE ownership_proofs SET answer = ?2, shown = ?3, answered_at = ?4 WHERE id = ?1")?
            .execute(params![id.0.as_bytes(), answer.text, answer.shown, micros(answer.at)])?;
        Ok(())
    }

    /// Enters what an officer makes of the answer; an earlier word on it is replaced.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn judge_ownership_proof(&mut self, id: OwnershipProofId, judgement: &ProofJudgement) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE ownership_proofs SET finding = ?2, facts = ?3, assessment = ?4, judged_by = ?5, judged_at = ?6 WHERE id = ?1",
            )?
            .execute(params![
                id.0.as_bytes(),
                judgement.finding.word(),
                judgement.facts,
                judgement.assessment,
                judgement.by.0.as_bytes(),
                micros(judgement.at),
            ])?;
        Ok(())
    }

    /// Takes what is still asked on a report back.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn take_ownership_proofs_back(&mut self, report: ReportId) -> Result<usize, StoreError> {
        let now = micros(self.now());
        let taken = self
            .connection
            .prepare_cached(
                "UPDATE ownership_proofs SET taken_back_at = ?2 WHERE report_id = ?1 AND answer IS NULL AND taken_back_at IS NULL",
            )?
            .execute(params![report.0.as_bytes(), now])?;
        Ok(taken)
    }

    /// Erases what a partner has answered before an instant, words and pictures; that it did stays. How many answers.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn erase_proof_answers(&mut self, partner: PartnerId, before: Timestamp) -> Result<usize, StoreError> {
        let of = params![partner.0.as_bytes(), micros(before)];
        self.connection
            .prepare_cached(
                "DELETE FROM ownership_proof_photos WHERE proof_id IN
                     (SELECT id FROM ownership_proofs WHERE partner_id = ?1 AND coalesce(answered_at, due_at) < ?2)",
            )?
            .execute(of)?;
        let erased = self
            .connection
            .prepare_cached(
                "UPDATE ownership_proofs SET answer = '' WHERE partner_id = ?1 AND answered_at < ?2 AND answer <> ''",
            )?
            .execute(of)?;
        Ok(erased)
    }
}

impl Reader<'_> {
    /// A request for proof.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn ownership_proof(&self, id: OwnershipProofId) -> Result<Option<OwnershipProof>, StoreError> {
        Ok(self.proofs("SELECT * FROM ownership_proofs WHERE id = ?1", id.0)?.pop())
    }

    /// Those on a report, the newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn ownership_proofs_of_report(&self, report: ReportId) -> Result<Vec<OwnershipProof>, StoreError> {
        self.proofs(
            "SELECT * FROM ownership_proofs WHERE report_id = ?1 ORDER BY asked_at DESC, id DESC",
            report.0,
        )
    }

    /// The newest of those to a partner.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn ownership_proofs_of_partner(&self, partner: PartnerId) -> Result<Vec<OwnershipProof>, StoreError> {
        self.proofs(
            "SELECT * FROM ownership_proofs WHERE partner_id = ?1 ORDER BY asked_at DESC, id DESC LIMIT 500",
            partner.0,
        )
    }

    /// The requests for proof whose answers show a photo.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn proofs_with_photo(&self, sha256: ContentHash) -> Result<Vec<(ReportId, PartnerId)>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT DISTINCT report_id, partner_id FROM ownership_proof_photos
             JOIN ownership_proofs ON ownership_proofs.id = proof_id WHERE sha256 = ?1",
        )?;
        let rows = query.query_map([sha256.0], |row| {
            Ok((ReportId(uuid(row, "report_id")?), PartnerId(uuid(row, "partner_id")?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn proofs(&self, sql: &str, of: Uuid) -> Result<Vec<OwnershipProof>, StoreError> {
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([of.as_bytes()], proof_row)?;
        let mut proofs = rows.collect::<Result<Vec<_>, _>>()?;
        let mut photos = self
            .connection
            .prepare_cached("SELECT number, sha256 FROM ownership_proof_photos WHERE proof_id = ?1 ORDER BY number")?;
        for proof in &mut proofs {
            let rows = photos.query_map([proof.id.0.as_bytes()], |row| {
                Ok((row.get("number")?, content_hash(row, "sha256")?))
            })?;
            proof.photos = rows.collect::<Result<_, _>>()?;
        }
        Ok(proofs)
    }
}

fn proof_row(row: &Row<'_>) -> rusqlite::Result<OwnershipProof> {
    let answer = match maybe_instant(row, "answered_at")? {
        Some(at) => Some(ProofAnswer {
            text: row.get("answer")?,
            shown: row.get("shown")?,
            at,
        }),
        None => None,
    };
    let judgement = match maybe_instant(row, "judged_at")? {
        Some(at) => Some(ProofJudgement {
            finding: from_word(row, "finding")?,
            facts: row.get("facts")?,
            assessment: row.get("assessment")?,
            by: AccountId(maybe_uuid(row, "judged_by")?.ok_or_else(|| damaged("judged_by"))?),
            at,
        }),
        None => None,
    };
    Ok(OwnershipProof {
        id: OwnershipProofId(uuid(row, "id")?),
        report: ReportId(uuid(row, "report_id")?),
        listing: ListingId(uuid(row, "listing_id")?),
        partner: PartnerId(uuid(row, "partner_id")?),
        asked: from_json(row, "asked")?,
        asked_by: AccountId(uuid(row, "asked_by")?),
        asked_at: instant(row, "asked_at")?,
        due_at: instant(row, "due_at")?,
        photos: Vec::new(),
        answer,
        judgement,
        taken_back_at: maybe_instant(row, "taken_back_at")?,
    })
}
