//! The sealed bundle: files, a manifest of their SHA-256, and the service's signature over the manifest.
//!
//! Everything that a check needs stands in the bundle, but for whether the key is the service's own: that is told by comparing it
//! with the key that the service publishes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::archive::{self, ArchiveError};
use super::signing::{EvidenceKey, PublicKey, SIGNATURE_BYTES};

/// Where the manifest lies.
const MANIFEST: &str = "manifest.json";
/// Where the signature lies.
const SIGNATURE: &str = "signature.json";
/// What a bundle of this kind calls itself.
const KIND: &str = "replevin evidence bundle";
const ALGORITHM: &str = "Ed25519";
/// The only form that there is.
const VERSION: u32 = 1;

/// A file for a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its path: small letters, digits, `-`, `.` and `/`.
    pub path: String,
    /// What it is, in a sentence.
    pub what: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A file as the manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path in the bundle.
    pub path: String,
    /// Its bytes' SHA-256, hex.
    pub sha256: String,
    /// How many bytes.
    pub size_bytes: u64,
    /// What it is.
    pub what: String,
}

/// What a bundle says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What it is.
    pub kind: String,
    /// The form's version.
    pub version: u32,
    /// The report's number, as in `SR-12`.
    pub report: String,
    /// The report's id.
    pub report_id: String,
    /// `intelligence` or `evidence`.
    pub marking: String,
    /// When it was sealed, RFC 3339.
    pub sealed_at: String,
    /// By whom it was asked for.
    pub sealed_by: String,
    /// The audit log's number of entries and head when it was sealed, as `N:HEX`.
    pub log_head: String,
    /// The files, all but manifest and signature.
    pub files: Vec<FileEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    algorithm: String,
    public_key: String,
    signature: String,
    signs: String,
}

/// One thing that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The signature does not belong to the manifest.
    #[error("the signature does not hold for the manifest")]
    Signature,
    /// The signature is not by the key that was expected.
    #[error("the bundle was sealed with another key: {0}")]
    OtherKey(PublicKey),
    /// A file is not what was sealed.
    #[error("{0} is not the file that was sealed")]
    Changed(String),
    /// A file of the manifest is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// A file that the manifest does not name.
    #[error("{0} does not belong to the bundle")]
    Foreign(String),
    /// Something between the files is different.
    #[error("what lies between the files is not as it was sealed")]
    Between,
}

/// Why a bundle does not hold.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The archive.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Manifest or signature are missing or unreadable.
    #[error("{0} is missing or damaged")]
    Unreadable(&'static str),
    /// It is readable, and not as it was sealed.
    #[error("{}", told(.0))]
    Faults(Vec<Fault>),
}

fn told(faults: &[Fault]) -> String {
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    told.join("; ")
}

/// A bundle that is as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it says of itself.
    pub manifest: Manifest,
    /// With which key it was sealed.
    pub key: PublicKey,
}

/// Seals files: the manifest's kind, version and files are filled in.
///
/// # Errors
/// When they are too large for one bundle, or the manifest cannot be written.
pub fn seal(parts: &[Part], about: Manifest, key: &EvidenceKey) -> Result<Vec<u8>, BundleError> {
    let entry = |part: &Part| FileEntry {
        path: part.path.clone(),
        sha256: sha256(&part.bytes),
        size_bytes: part.bytes.len() as u64,
        what: part.what.clone(),
    };
    let manifest = Manifest {
        kind: KIND.to_owned(),
        version: VERSION,
        files: parts.iter().map(entry).collect(),
        ..about
    };
    let manifest = text(&manifest).ok_or(BundleError::Unreadable(MANIFEST))?;
    let signature = Signature {
        algorithm: ALGORITHM.to_owned(),
        public_key: key.public().to_string(),
        signature: hex::encode(key.sign(manifest.as_bytes())),
        signs: MANIFEST.to_owned(),
    };
    let signature = text(&signature).ok_or(BundleError::Unreadable(SIGNATURE))?;
    let ends = [(MANIFEST, manifest.as_bytes()), (SIGNATURE, signature.as_bytes())];
    let files = parts.iter().map(|part| (part.path.as_str(), part.bytes.as_slice()));
    Ok(archive::write(ends.into_iter().chain(files))?)
}

/// Checks a bundle: signature, every file's hash, and every byte between the files. With `expected` also whose key it is.
///
/// # Errors
/// Everything that is not as it was sealed.
pub fn verify(bytes: &[u8], expected: Option<PublicKey>) -> Result<Verified, BundleError> {
    let files = archive::read(bytes)?;
    let found = |path: &str| files.iter().find(|(name, _)| *name == path).map(|(_, bytes)| *bytes);
    let manifest_bytes = found(MANIFEST).ok_or(BundleError::Unreadable(MANIFEST))?;
    let manifest: Manifest = exact(manifest_bytes).ok_or(BundleError::Unreadable(MANIFEST))?;
    let signature: Signature = found(SIGNATURE).and_then(exact).ok_or(BundleError::Unreadable(SIGNATURE))?;
    let unreadable = || BundleError::Unreadable(SIGNATURE);
    let key: PublicKey = signature.public_key.parse().map_err(|_| unreadable())?;
    let mut signed = [0; SIGNATURE_BYTES];
    hex::decode_to_slice(&signature.signature, &mut signed).map_err(|_| unreadable())?;
    let mut faults = Vec::new();
    let of_this_kind = signature.algorithm == ALGORITHM && signature.signs == MANIFEST;
    if !of_this_kind || manifest.kind != KIND || manifest.version != VERSION || !key.has_signed(manifest_bytes, &signed) {
        faults.push(Fault::Signature);
    }
    if expected.is_some_and(|expected| expected != key) {
        faults.push(Fault::OtherKey(key));
    }
    for entry in &manifest.files {
        match found(&entry.path) {
            None => faults.push(Fault::Missing(entry.path.clone())),
            Some(bytes) if bytes.len() as u64 != entry.size_bytes || sha256(bytes) != entry.sha256 => {
                faults.push(Fault::Changed(entry.path.clone()));
            }
            Some(_) => {}
        }
    }
    // The order is part of what was sealed: so nothing can stand there twice.
    let expected_order = [MANIFEST, SIGNATURE]
        .into_iter()
        .chain(manifest.files.iter().map(|entry| entry.path.as_str()));
    if !expected_order.eq(files.iter().map(|(name, _)| *name)) {
        let known = |name: &str| name == MANIFEST || name == SIGNATURE || manifest.files.iter().any(|entry| entry.path == name);
        let foreign = files.iter().filter(|(name, _)| !known(name));
        faults.extend(foreign.map(|(name, _)| Fault::Foreign((*name).to_owned())));
        faults.push(Fault::Between);
    } else if !archive::is_as_written(bytes, &files) {
        faults.push(Fault::Between);
    }
    if faults.is_empty() {
        Ok(Verified { manifest, key })
    } else {
        Err(BundleError::Faults(faults))
    }
}

/// The text of a record as bundles hold it.
fn text(record: &impl Serialize) -> Option<String> {
    serde_json::to_string_pretty(record).ok().map(|text| text + "\n")
}

/// Reads a record that is written exactly as [`text`] writes it: another way to write the same is a change too.
fn exact<T: Serialize + for<'de> Deserialize<'de>>(bytes: &[u8]) -> Option<T> {
    let record: T = serde_json::from_slice(bytes).ok()?;
    (text(&record)?.as_bytes() == bytes).then_some(record)
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts() -> Vec<Part> {
        let part = |path: &str, bytes: &[u8]| Part {
            path: path.to_owned(),
            what: format!("what {path} is"),
            bytes: bytes.to_vec(),
        };
        vec![
            part("assessment.json", b"{\"probability\":0.97}"),
            part("photos/item-1.jpg", &[0xFF, 0xD8, 0, 1, 2, 3, 0xFF, 0xD9]),
            part("report.pdf", b"%PDF-1.7\n"),
        ]
    }

    fn key() -> EvidenceKey {
        EvidenceKey::of_seed(&[9; 32]).unwrap()
    }

    fn sealed() -> Vec<u8> {
        let about = Manifest {
            report: "SR-12".to_owned(),
            marking: "intelligence".to_owned(),
            sealed_at: "2026-11-22T12:00:00Z".to_owned(),
            sealed_by: "J. Sørensen".to_owned(),
            log_head: "17:00ff".to_owned(),
            ..Manifest::default()
        };
        seal(&parts(), about, &key()).unwrap()
    }

    #[test]
    fn a_bundle_holds_without_anything_but_itself() {
        let verified = verify(&sealed(), None).unwrap();
        assert_eq!(verified.key, key().public());
        assert_eq!(verified.manifest.report, "SR-12");
        let paths: Vec<_> = verified.manifest.files.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(paths, ["assessment.json", "photos/item-1.jpg", "report.pdf"]);
        assert!(verify(&sealed(), Some(key().public())).is_ok());
    }

    #[test]
    fn a_flipped_bit_in_any_byte_is_found() {
        let bytes = sealed();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            assert!(verify(&damaged, None).is_err(), "byte {at} of {}", bytes.len());
        }
    }

    #[test]
    fn what_was_changed_is_named() {
        let bytes = sealed();
        let at = bytes.windows(8).position(|window| window == b"%PDF-1.7").unwrap();
        let mut damaged = bytes.clone();
        damaged[at] = b'&';
        let Err(BundleError::Faults(faults)) = verify(&damaged, None) else {
            panic!()
        };
        assert!(faults.contains(&Fault::Changed("report.pdf".to_owned())), "{faults:?}");
        let files = archive::read(&bytes).unwrap();
        let without = archive::write(files.iter().copied().take(4)).unwrap();
        let Err(BundleError::Faults(faults)) = verify(&without, None) else {
            panic!()
        };
        assert!(faults.contains(&Fault::Missing("report.pdf".to_owned())), "{faults:?}");
        let more: Vec<_> = files.iter().copied().chain([("more.txt", b"x" as &[u8])]).collect();
        let Err(BundleError::Faults(faults)) = verify(&archive::write(more.into_iter()).unwrap(), None) else {
            panic!()
        };
        assert!(faults.contains(&Fault::Foreign("more.txt".to_owned())), "{faults:?}");
    }

    #[test]
    fn a_bundle_sealed_anew_by_somebody_else_is_told_by_its_key() {
        let other = EvidenceKey::of_seed(&[1; 32]).unwrap();
        let forged = seal(&parts(), Manifest::default(), &other).unwrap();
        assert!(verify(&forged, None).is_ok(), "it holds by its own key");
        let told = verify(&forged, Some(key().public())).unwrap_err();
        assert_eq!(told, BundleError::Faults(vec![Fault::OtherKey(other.public())]));
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_found(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let mut damaged = sealed();
            let at = at.index(damaged.len());
            damaged[at] ^= 1 << bit;
            prop_assert!(verify(&damaged, None).is_err(), "bit {} of byte {}", bit, at);
        }

        #[test]
        fn any_damage_is_found(cut in 0_usize..4000, insert in proptest::collection::vec(any::<u8>(), 0..8), drop in 0_usize..8) {
            let bytes = sealed();
            let at = cut % bytes.len();
            let end = (at + drop).min(bytes.len());
            let damaged = [&bytes[..at], &insert, &bytes[end..]].concat();
            prop_assert_eq!(verify(&damaged, None).is_ok(), damaged == bytes);
        }

        #[test]
        fn nothing_given_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(verify(&bytes, None).is_err());
        }
    }
}
