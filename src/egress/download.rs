//! A large file, streamed into a file of ours: asked for only when it has changed, resumed where it broke off.
//!
//! Owns the conditions of the request (RFC 9110 §13 and §14), the parts that a file may come in, how often a broken transfer is taken up again, and the bounds of
//! size, time and silence. When to ask again after a failure is for the caller.

use std::io::SeekFrom;
use std::time::Duration;

use reqwest::Response;
use reqwest::header::HeaderMap;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio::time::Instant;
use url::Url;

use self::asking::{PartRange, Wanted, headers, own_headers, validators};
use super::fetch::refusal;
use super::{FetchError, GuardedFetcher};
use crate::domain::feed::Room;
use crate::domain::feed_secret::SecretText;

mod asking;

/// How long a server may be slow before it is too slow.
const MINUTE: Duration = Duration::from_secs(60);
/// How long to wait for room that another file is about to leave.
const ROOM_SOON: Duration = Duration::from_millis(200);

/// A transfer that brought so much before it broke counts as one that goes well, bytes.
const PROGRESS_BYTES: u64 = 1 << 20;

/// What a server said of the state of a file, to ask later whether it has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// Its entity tag.
    pub etag: Option<String>,
    /// When it changed last, in the server's words.
    pub last_modified: Option<String>,
}

/// How a download behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadOptions {
    /// Largest file as sent, bytes.
    pub bytes_max: u64,
    /// Time for everything, milliseconds.
    pub deadline_ms: u64,
    /// Longest silence of the server, milliseconds.
    pub silence_ms: u64,
    /// A server that sends less than this within a minute is given up, bytes.
    pub bytes_a_minute_min: u64,
    /// No more than this is taken in a second, bytes: network and disk are everybody's.
    pub bytes_a_second_max: u64,
    /// How often a transfer that broke is taken up again after it brought little: less than a MiB.
    pub resumes_max: u32,
    /// Wait before the first time, milliseconds; each further one waits twice as long.
    pub resume_ms: u64,
    /// Headers for the server of the address alone: whatever it redirects to does not see them.
    pub own_headers: Vec<(String, SecretText)>,
    /// So many bytes are asked for at once, where the server hands the file out in parts only.
    pub part_bytes: Option<u64>,
}

impl Default for DownloadOptions {
    /// 4 GiB in four hours, half a minute of silence, 256 bytes a second at least and 16 MiB at most, taken up again five times.
    fn default() -> Self {
        Self {
            bytes_max: 4 << 30,
            deadline_ms: 4 * 3_600_000,
            silence_ms: 30_000,
            bytes_a_minute_min: 256 * 60,
            bytes_a_second_max: 16 << 20,
            resumes_max: 5,
            resume_ms: 1_000,
            own_headers: Vec::new(),
            part_bytes: None,
        }
    }
}

/// Asked before each piece: may the file grow to so many bytes, of so many where that is known?
pub type Grows<'a> = dyn Fn(u64, Option<u64>) -> Room + Send + Sync + 'a;

/// How a download ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Downloaded {
    /// The file has not changed; nothing was written.
    Unchanged,
    /// The file is here.
    Whole {
        /// Its size as sent.
        bytes: u64,
        /// What to ask with next time.
        validators: Validators,
        /// How often it was taken up again.
        resumes: u32,
    },
}

impl GuardedFetcher {
    /// Downloads `url` into `file`, which is empty, by the fetcher's rules on every hop. `known` is what was said of the file
    /// that is here already. The bytes are as the server sent them: a file may be compressed, by its own name or for the way.
    ///
    /// # Errors
    /// As for a fetch; [`FetchError::Timeout`] also for silence. What is in `file` then is of no use.
    pub async fn download(
        &self,
        url: &Url,
        allowed_hosts: Option<&[String]>,
        known: &Validators,
        options: &DownloadOptions,
        file: &mut File,
    ) -> Result<Downloaded, FetchError> {
        self.download_within(url, allowed_hosts, (known, options), file, &|_, _| Room::Given)
            .await
    }

    /// The same, where `room` is asked before each piece whether the file may grow to so many bytes, of so many that the whole file
    /// will have where that is known.
    ///
    /// # Errors
    /// As [`GuardedFetcher::download`]; [`FetchError::Write`] with [`std::io::ErrorKind::StorageFull`] where there is no room.
    pub async fn download_within(
        &self,
        url: &Url,
        allowed_hosts: Option<&[String]>,
        (known, options): (&Validators, &DownloadOptions),
        file: &mut File,
        room: &Grows<'_>,
    ) -> Result<Downloaded, FetchError> {
        let deadline_ms = options.deadline_ms;
        let mut transfer = Transfer {
            fetcher: self,
            options,
            file,
            room,
            own: own_headers(&options.own_headers),
            bytes: 0,
            total: None,
            validators: Validators::default(),
        };
        let whole = transfer.run(url, allowed_hosts, known);
        tokio::time::timeout(Duration::from_millis(deadline_ms), whole)
            .await
            .unwrap_or(Err(FetchError::Timeout { deadline_ms }))
    }
}

/// How an answer ended well.
enum Ended {
    /// The file has not changed.
    Unchanged,
    /// A part of the file is here.
    Part,
    /// All of it is.
    Whole,
}

struct Transfer<'a> {
    fetcher: &'a GuardedFetcher,
    options: &'a DownloadOptions,
    file: &'a mut File,
    /// Whether the file may grow to so many bytes.
    room: &'a Grows<'a>,
    /// For the server of the address alone.
    own: HeaderMap,
    /// What is in the file so far.
    bytes: u64,
    /// What it will be, where the server says so.
    total: Option<u64>,
    /// What the server said of the file that this is a part of.
    validators: Validators,
}

impl Transfer<'_> {
    async fn run(&mut self, url: &Url, allowed_hosts: Option<&[String]>, known: &Validators) -> Result<Downloaded, FetchError> {
        let (mut resumes, mut in_vain) = (0, 0);
        loop {
            let before = self.bytes;
            let failed = match self.part(url, allowed_hosts, known).await {
                Ok(Ended::Whole) => {
                    return Ok(Downloaded::Whole {
                        bytes: self.bytes,
                        validators: self.validators.clone(),
                        resumes,
                    });
                }
                Ok(Ended::Unchanged) => return Ok(Downloaded::Unchanged),
                Ok(Ended::Part) => {
                    // A server that hands out less than is asked for, time and again, never comes to an end.
                    let is_short = self.options.part_bytes.is_some_and(|asked| self.bytes - before < asked);
                    in_vain = if is_short { in_vain + 1 } else { 0 };
                    if in_vain > self.options.resumes_max {
                        return Err(FetchError::OtherPart);
                    }
                    continue;
                }
                Err(error) => error,
            };
            // What has not begun is for the caller to try later; what broke on the way is worth going on with.
            // Whoever brings more each time is gone on with until the deadline.
            in_vain = if self.bytes >= before + PROGRESS_BYTES { 0 } else { in_vain };
            if !failed.is_transient() || self.bytes == 0 || in_vain >= self.options.resumes_max {
                return Err(failed);
            }
            tokio::time::sleep(Duration::from_millis(self.options.resume_ms << in_vain.min(10))).await;
            (resumes, in_vain) = (resumes + 1, in_vain + 1);
        }
    }

    /// Asks for the file, or for a part or the rest of it, and writes what comes.
    async fn part(&mut self, url: &Url, allowed_hosts: Option<&[String]>, known: &Validators) -> Result<Ended, FetchError> {
        let in_parts = self.options.part_bytes.is_some();
        let resumed = self.bytes > 0 && (in_parts || self.range_condition().is_some());
        let wanted = Wanted {
            from: if resumed { self.bytes } else { 0 },
            part_bytes: self.options.part_bytes,
            condition: self.range_condition(),
        };
        let headers = headers(known, wanted);
        let silence = Duration::from_millis(self.options.silence_ms);
        let asked = self.fetcher.ask(url, allowed_hosts, (&headers, &self.own));
        let asked = tokio::time::timeout(silence, asked).await.unwrap_or(Err(self.silent()));
        let mut response = match asked {
            Ok((response, _)) => response,
            // Nothing is left of a file whose length was never told.
            Err(FetchError::Status { status: 416, .. }) if in_parts && resumed && self.total.is_none() => {
                return Ok(Ended::Whole);
            }
            Err(error) => return Err(error),
        };
        let (status, from) = (response.status().as_u16(), self.bytes);
        match (status, PartRange::of(&response)) {
            (304, _) if !resumed => return Ok(Ended::Unchanged),
            (206, range) if in_parts => self.goes_on(range, &response).await?,
            (206, Some(range)) if resumed && range.first == from => self.goes_on(Some(range), &response).await?,
            (200, _) => {
                self.restart().await?;
                self.validators = validators(&response);
                self.total = response.content_length();
            }
            _ => {
                self.restart().await?;
                return Err(refusal(&response));
            }
        }
        let from = self.bytes;
        self.write(&mut response).await?;
        if status != 206 || !in_parts {
            return Ok(Ended::Whole);
        }
        let came = self.bytes - from;
        match self.total {
            Some(total) if self.bytes == total => Ok(Ended::Whole),
            None if Some(came) < self.options.part_bytes => Ok(Ended::Whole),
            Some(total) if self.bytes > total => Err(FetchError::OtherPart),
            _ if came == 0 => Err(FetchError::OtherPart),
            _ => Ok(Ended::Part),
        }
    }

    /// Whether a part goes on where the file ends, and is one of the same file as those before.
    async fn goes_on(&mut self, range: Option<PartRange>, response: &Response) -> Result<(), FetchError> {
        let range = range.filter(|range| range.first == self.bytes).ok_or(FetchError::OtherPart)?;
        let now = validators(response);
        if self.bytes == 0 {
            (self.validators, self.total) = (now, range.total);
            return Ok(());
        }
        let said = |tag: Option<&str>| tag.filter(|tag| !tag.starts_with("W/")).map(str::to_owned);
        let same_length = self.total.zip(range.total).map(|(before, now)| before == now);
        let same = match (said(now.etag.as_deref()), now.last_modified) {
            (Some(tag), _) => Some(tag) == said(self.validators.etag.as_deref()) && same_length != Some(false),
            (None, Some(at)) if Some(&at) == self.validators.last_modified.as_ref() => same_length != Some(false),
            // Nothing names the file: then its length must be the same. Who hands out parts alone may tell none.
            _ if self.options.part_bytes.is_some() => range.total == self.total,
            _ => same_length == Some(true),
        };
        if !same {
            self.restart().await?;
            return Err(FetchError::Changed);
        }
        self.total = range.total.or(self.total);
        Ok(())
    }

    /// Writes what an answer brings, in time and within the bounds.
    async fn write(&mut self, response: &mut Response) -> Result<(), FetchError> {
        let silence = Duration::from_millis(self.options.silence_ms);
        let announced = response.content_length().unwrap_or(0);
        self.bounded(announced)?;
        let (began, from) = (Instant::now(), self.bytes);
        let (mut minute, mut before) = (began + MINUTE, from);
        loop {
            if Instant::now() >= minute {
                if self.bytes - before < self.options.bytes_a_minute_min {
                    return Err(FetchError::Timeout {
                        deadline_ms: MINUTE.as_millis() as u64,
                    });
                }
                (minute, before) = (Instant::now() + MINUTE, self.bytes);
            }
            let next = tokio::time::timeout(silence, response.chunk()).await;
            let next = next.map_err(|_| self.silent())?;
            let Some(chunk) = next.map_err(|error| self.fetcher.translate(error))? else {
                return self.file.flush().await.map_err(FetchError::Write);
            };
            self.bounded(chunk.len() as u64)?;
            self.have_room(chunk.len() as u64).await?;
            self.file.write_all(&chunk).await.map_err(FetchError::Write)?;
            self.bytes += chunk.len() as u64;
            let pace = (self.bytes - from) as f64 / self.options.bytes_a_second_max as f64;
            tokio::time::sleep_until(began + Duration::from_secs_f64(pace)).await;
        }
    }

    async fn restart(&mut self) -> Result<(), FetchError> {
        self.bytes = 0;
        self.file.flush().await.map_err(FetchError::Write)?;
        self.file.set_len(0).await.map_err(FetchError::Write)?;
        self.file.seek(SeekFrom::Start(0)).await.map_err(FetchError::Write)?;
        Ok(())
    }

    fn bounded(&self, more: u64) -> Result<(), FetchError> {
        let bytes_max = self.options.bytes_max;
        if self.bytes.saturating_add(more) > bytes_max {
            return Err(FetchError::TooLarge { bytes_max });
        }
        Ok(())
    }

    async fn have_room(&self, more: u64) -> Result<(), FetchError> {
        loop {
            match (self.room)(self.bytes + more, self.total) {
                Room::Given => return Ok(()),
                Room::Soon => tokio::time::sleep(ROOM_SOON).await,
                Room::None => return Err(FetchError::Write(std::io::ErrorKind::StorageFull.into())),
            }
        }
    }

    fn silent(&self) -> FetchError {
        FetchError::Timeout {
            deadline_ms: self.options.silence_ms,
        }
    }

    /// What must still hold for the rest of a file to be a rest of the same: a weak tag does not say that.
    fn range_condition(&self) -> Option<&str> {
        let strong = self.validators.etag.as_deref().filter(|tag| !tag.starts_with("W/"));
        strong.or(self.validators.last_modified.as_deref())
    }
}
