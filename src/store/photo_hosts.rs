//! Where photos are fetched from: how that goes host by host, and what was fetched a short time ago.

use rusqlite::{OptionalExtension, Row, params};
use sha2::{Digest, Sha256};
use url::Url;

use super::rows::{content_hash, count, instant, micros};
use super::{PhotoTask, Reader, StoreError, Tx};
use crate::domain::ids::PartnerId;
use crate::domain::photo::{ContentHash, PhotoHost};
use crate::domain::time::Timestamp;

/// Days that figures of a host are kept, and that what was fetched is remembered.
const DAYS_KEPT: i64 = 7;
const MICROS_A_DAY: i64 = 86_400_000_000;

/// The hosts that are told of one partner.
const HOSTS_TOLD: usize = 20;

/// A photo that was fetched for a partner before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedBefore {
    /// Its bytes.
    pub sha256: ContentHash,
    /// What the server called them.
    pub etag: Option<String>,
    /// When the server was asked last.
    pub at: Timestamp,
}

impl Tx<'_> {
    /// Counts a try to fetch a photo; `fault`: why it brought none.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn count_photo_try(&mut self, task: &PhotoTask, fault: Option<&str>) -> Result<(), StoreError> {
        let now = micros(self.now());
        let day = now.div_euclid(MICROS_A_DAY);
        self.connection
            .prepare_cached(
                "INSERT INTO photo_host_days (partner_id, host, day, tries, failures, fault, fault_at)
                 VALUES (?1, ?2, ?3, 1, ?4, ?5, iif(?5 IS NULL, NULL, ?6))
                 ON CONFLICT (partner_id, host, day) DO UPDATE SET tries = tries + 1, failures = failures + ?4,
                     fault = coalesce(?5, fault), fault_at = iif(?5 IS NULL, fault_at, ?6)",
            )?
            .execute(params![
                task.partner.0.as_bytes(),
                task.host(),
                day,
                i64::from(fault.is_some()),
                fault,
                now,
            ])?;
        self.connection
            .prepare_cached("DELETE FROM photo_host_days WHERE day < ?1")?
            .execute([day - DAYS_KEPT])?;
        Ok(())
    }

    /// Remembers what was fetched for a partner from an address, or that it is still the same there.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn remember_fetched(&mut self, task: &PhotoTask, sha256: ContentHash, etag: Option<&str>) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "INSERT INTO fetched_photos (partner_id, address, sha256, etag, at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (partner_id, address) DO UPDATE SET sha256 = ?3, etag = ?4, at = ?5",
            )?
            .execute(params![task.partner.0.as_bytes(), address(&task.url), sha256.0, etag, now])?;
        self.connection
            .prepare_cached("DELETE FROM fetched_photos WHERE at < ?1")?
            .execute([now - DAYS_KEPT * MICROS_A_DAY])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// What was fetched for a partner from an address, where it is still held and its letter did not forget it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn fetched_before(&self, task: &PhotoTask) -> Result<Option<FetchedBefore>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT fetched_photos.* FROM fetched_photos JOIN photos USING (sha256) WHERE partner_id = ?1 AND address = ?2",
        )?;
        let found = query.query_row(params![task.partner.0.as_bytes(), address(&task.url)], |row| {
            Ok(FetchedBefore {
                sha256: content_hash(row, "sha256")?,
                etag: row.get("etag")?,
                at: instant(row, "at")?,
            })
        });
        Ok(found.optional()?)
    }

    /// The hosts that a partner's photos come from, as they went within some days: those that failed most, and those with photos
    /// waiting, first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn photo_hosts(&self, partner: PartnerId) -> Result<Vec<PhotoHost>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT host, sum(tries) AS tries, sum(failures) AS failures, max(fault_at) AS fault_at,
                    (SELECT fault FROM photo_host_days last WHERE last.partner_id = days.partner_id AND last.host = days.host
                     AND fault IS NOT NULL ORDER BY fault_at DESC LIMIT 1) AS fault
             FROM photo_host_days days WHERE partner_id = ?1 GROUP BY host",
        )?;
        let rows = query.query_map([partner.0.as_bytes()], host_row)?;
        let mut hosts: Vec<PhotoHost> = rows.collect::<Result<_, _>>()?;
        for (host, waiting) in self.photos_waiting(partner)? {
            match hosts.iter_mut().find(|known| known.host == host) {
                Some(known) => known.waiting = waiting,
                None => hosts.push(PhotoHost {
                    waiting,
                    ..PhotoHost::unknown(host)
                }),
            }
        }
        hosts.sort_by(|one, other| (other.failures, other.waiting, &one.host).cmp(&(one.failures, one.waiting, &other.host)));
        hosts.truncate(HOSTS_TOLD);
        Ok(hosts)
    }

    /// How many photos of a partner wait at each host.
    fn photos_waiting(&self, partner: PartnerId) -> Result<Vec<(String, u64)>, StoreError> {
        let mut lanes = self.connection.prepare_cached(
            "WITH RECURSIVE lanes (lane) AS (
                 SELECT min(lane) FROM outbox
                 UNION ALL
                 SELECT (SELECT min(lane) FROM outbox WHERE outbox.lane > lanes.lane) FROM lanes WHERE lanes.lane IS NOT NULL
             )
             SELECT lane FROM lanes WHERE lane LIKE '% ' || ?1 LIMIT ?2",
        )?;
        let mut waiting = self
            .connection
            .prepare_cached("SELECT count(*) FROM outbox WHERE lane = ?1")?;
        let named = lanes.query_map(params![partner.to_string(), count(HOSTS_TOLD * 10)], |row| {
            row.get::<_, String>("lane")
        })?;
        let mut counted = Vec::new();
        for lane in named {
            let lane = lane?;
            let photos: i64 = waiting.query_row([&lane], |row| row.get(0))?;
            let host = lane.split(' ').next().unwrap_or_default().to_owned();
            counted.push((host, photos.unsigned_abs()));
        }
        Ok(counted)
    }
}

/// What stands for an address: addresses can be long, and may hold what is nobody's business.
fn address(url: &Url) -> [u8; 32] {
    Sha256::digest(url.as_str().as_bytes()).into()
}

fn host_row(row: &Row<'_>) -> rusqlite::Result<PhotoHost> {
    let number = |column: &str| row.get::<_, i64>(column).map(i64::unsigned_abs);
    Ok(PhotoHost {
        host: row.get("host")?,
        tries: number("tries")?,
        failures: number("failures")?,
        waiting: 0,
        fault: row.get("fault")?,
        fault_at: super::rows::maybe_instant(row, "fault_at")?,
    })
}
