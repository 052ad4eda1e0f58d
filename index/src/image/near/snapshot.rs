//! The base in a file, to go on from without building it again.
//!
//! Layout, all little endian: eight bytes of name and version, the caller's stamp, the number of hashes, then each list
//! as its length and its elements, and at the end a checksum over all before it. A file that is missing, cut, changed or of
//! another version is an error; the caller then stages what it holds and merges.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use super::NearHashes;
use super::carriers::{Carriers, Posting};
use super::plan::Band;
use super::runs::{Group, Runs};
use super::tables::{BandTable, Tables};

/// The last byte is the version of everything in the file: layout, order of the bits, cut of the bands.
const NAME: u64 = u64::from_le_bytes(*b"nearhsh\x01");
/// Bytes that are turned into elements at once.
const CHUNK_BYTES: usize = 1 << 18;
/// Odd numbers without pattern: the fractions of square roots.
const LANES: [u64; 4] = [
    0x6A09_E667_F3BC_C909,
    0xBB67_AE85_84CA_A73B,
    0x3C6E_F372_FE94_F82B,
    0xA54F_F53A_5F1D_36F1,
];

/// Why there is no base to go on from.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file could not be read or written.
    #[error("snapshot file")]
    Io(#[from] io::Error),
    /// It is something else, or of another version.
    #[error("no snapshot of this version")]
    Version,
    /// It was cut or changed.
    #[error("damaged snapshot")]
    Damaged,
}

/// An element of fixed length.
trait Fixed: Copy + Default {
    const BYTES: usize;
    fn put(self, to: &mut [u8]);
    fn take(from: &[u8]) -> Self;
}

struct Out<W> {
    to: W,
    sum: Checksum,
}

struct In<R> {
    from: R,
    sum: Checksum,
    /// Bytes that are left in the file.
    left: u64,
}

/// Four running sums over words; finds accidents, not forgeries.
struct Checksum([u64; 4]);

impl NearHashes {
    /// Writes the base to a file, in place of the one that is there, in one step. What came later is merged for it first.
    /// `stamp` is the caller's, to know what the file belongs to.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path, stamp: u64) -> Result<(), SnapshotError> {
        if self.late.len() > 0 || !self.staged.is_empty() {
            return self.merged().save(path, stamp);
        }
        let beside = path.with_extension("new");
        let mut out = Out {
            to: File::create(&beside)?,
            sum: Checksum(LANES),
        };
        out.list(&[NAME, stamp, self.tables.len() as u64])?;
        out.list(&self.tables.first)?;
        out.list(&self.tables.last)?;
        out.list(&[self.tables.bands.len() as u32])?;
        for table in &self.tables.bands {
            out.list(&[table.band.begin, table.band.bits])?;
            out.runs(&table.runs)?;
            out.list(&table.entries)?;
        }
        out.runs(&self.carriers.runs)?;
        out.list(&self.carriers.postings)?;
        out.list(&self.carriers.standing)?;
        let sum = out.sum.value();
        out.to.write_all(&sum.to_le_bytes())?;
        out.to.sync_all()?;
        fs::rename(&beside, path)?;
        Ok(())
    }

    /// Reads a base that was saved, and the stamp it was given.
    ///
    /// # Errors
    /// When there is no file, or it is damaged or of another version.
    pub fn load(path: &Path) -> Result<(Self, u64), SnapshotError> {
        let from = File::open(path)?;
        let left = from.metadata()?.len();
        let mut file = In {
            from,
            sum: Checksum(LANES),
            left,
        };
        let head: Vec<u64> = file.list()?;
        let &[NAME, stamp, hashes] = &head[..] else {
            return Err(SnapshotError::Version);
        };
        let (first, last) = (file.list()?, file.list()?);
        let count: Vec<u32> = file.list()?;
        let mut bands = Vec::new();
        for _ in 0..count.first().copied().unwrap_or(0) {
            let &[begin, bits] = &file.list()?[..] else {
                return Err(SnapshotError::Damaged);
            };
            let (runs, entries) = (file.runs()?, file.list()?);
            bands.push(BandTable {
                band: Band { begin, bits },
                runs,
                entries,
            });
        }
        let (runs, postings, standing) = (file.runs()?, file.list()?, file.list()?);
        let (expected, mut sum) = (file.sum.value(), [0; 8]);
        file.from.read_exact(&mut sum)?;
        if u64::from_le_bytes(sum) != expected {
            return Err(SnapshotError::Damaged);
        }
        let loaded = Self {
            tables: Tables { first, last, bands },
            carriers: Carriers::restored(runs, postings, standing, hashes as usize),
            ..Self::default()
        };
        Ok((loaded, stamp))
    }
}

impl<W: Write> Out<W> {
    fn list<T: Fixed>(&mut self, list: &[T]) -> io::Result<()> {
        let mut bytes = (list.len() as u64).to_le_bytes().to_vec();
        self.put(&bytes)?;
        for elements in list.chunks(CHUNK_BYTES / T::BYTES) {
            bytes.resize(elements.len() * T::BYTES, 0);
            for (place, element) in bytes.chunks_exact_mut(T::BYTES).zip(elements) {
                element.put(place);
            }
            self.put(&bytes)?;
        }
        Ok(())
    }

    fn runs(&mut self, runs: &Runs) -> io::Result<()> {
        self.list(&runs.groups)?;
        self.list(&runs.wide)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.add(bytes);
        self.to.write_all(bytes)
    }
}

impl<R: Read> In<R> {
    fn list<T: Fixed>(&mut self) -> Result<Vec<T>, SnapshotError> {
        let mut bytes = vec![0; 8];
        self.take(&mut bytes)?;
        let length = bytes.iter().rev().fold(0, |length, byte| length << 8 | u64::from(*byte));
        // A length that was damaged must not ask for memory without bounds.
        if length.checked_mul(T::BYTES as u64).is_none_or(|wanted| wanted > self.left) {
            return Err(SnapshotError::Damaged);
        }
        let mut list = vec![T::default(); length as usize];
        for elements in list.chunks_mut(CHUNK_BYTES / T::BYTES) {
            bytes.resize(elements.len() * T::BYTES, 0);
            self.take(&mut bytes)?;
            for (element, place) in elements.iter_mut().zip(bytes.chunks_exact(T::BYTES)) {
                *element = T::take(place);
            }
        }
        Ok(list)
    }

    fn runs(&mut self) -> Result<Runs, SnapshotError> {
        Ok(Runs {
            groups: self.list()?,
            wide: self.list()?,
        })
    }

    fn take(&mut self, bytes: &mut [u8]) -> Result<(), SnapshotError> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(SnapshotError::Damaged)?;
        self.from.read_exact(bytes)?;
        self.sum.add(bytes);
        Ok(())
    }
}

impl Checksum {
    fn add(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<32>();
        words.iter().for_each(|words| self.mix(words));
        let mut filled = [0; 32];
        filled[..rest.len()].copy_from_slice(rest);
        self.mix(&filled);
    }

    fn mix(&mut self, bytes: &[u8; 32]) {
        for ((lane, word), odd) in self.0.iter_mut().zip(bytes.as_chunks::<8>().0).zip(LANES) {
            *lane = (*lane ^ u64::from_le_bytes(*word)).wrapping_mul(odd | 1).rotate_left(29);
        }
    }

    fn value(&self) -> u64 {
        self.0
            .iter()
            .fold(0, |sum: u64, lane| (sum ^ lane).wrapping_mul(LANES[0]).rotate_left(31))
    }
}

impl Fixed for u32 {
    const BYTES: usize = 4;
    fn put(self, to: &mut [u8]) {
        to.copy_from_slice(&self.to_le_bytes());
    }
    fn take(from: &[u8]) -> Self {
        from.first_chunk().map_or(0, |bytes| Self::from_le_bytes(*bytes))
    }
}

impl Fixed for u64 {
    const BYTES: usize = 8;
    fn put(self, to: &mut [u8]) {
        to.copy_from_slice(&self.to_le_bytes());
    }
    fn take(from: &[u8]) -> Self {
        from.first_chunk().map_or(0, |bytes| Self::from_le_bytes(*bytes))
    }
}

impl Fixed for [u64; 2] {
    const BYTES: usize = 16;
    fn put(self, to: &mut [u8]) {
        self[0].put(&mut to[..8]);
        self[1].put(&mut to[8..]);
    }
    fn take(from: &[u8]) -> Self {
        [u64::take(&from[..8]), u64::take(&from[8..])]
    }
}

impl Fixed for Posting {
    const BYTES: usize = 6;
    fn put(self, to: &mut [u8]) {
        self.slot.put(&mut to[..4]);
        to[4..].copy_from_slice(&self.photo_index.to_le_bytes());
    }
    fn take(from: &[u8]) -> Self {
        Self {
            slot: u32::take(from),
            photo_index: u16::from_le_bytes([from[4], from[5]]),
        }
    }
}

impl Fixed for Group {
    const BYTES: usize = 64;
    fn put(self, to: &mut [u8]) {
        self.begin.put(&mut to[..4]);
        to[4..].copy_from_slice(&self.marks);
    }
    fn take(from: &[u8]) -> Self {
        let mut group = Self {
            begin: u32::take(from),
            ..Self::default()
        };
        group.marks.copy_from_slice(&from[4..]);
        group
    }
}
