//! A ZIP archive in the one form that bundles have: files stored as they are, in their order, without times and extras.
//!
//! Any ZIP program opens it. Because every byte of the form follows from the files, an archive can be written anew from what was
//! read of it and compared: a change between the files, where no file's hash would show it, is found too. The format is PKWARE's
//! APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (its end).

use flate2::Crc;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Version 2.0 of the format is needed to open it.
const VERSION: u16 = 20;
/// Names are UTF-8.
const UTF8: u16 = 0x0800;
/// 1 January 1980, the first day that the format can say.
const DATE: u16 = 0x0021;
/// Bytes of a local header before the name.
const LOCAL_BYTES: usize = 30;

/// Why files cannot be put together, or bytes not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// More than the format holds.
    #[error("the files are too many or too large for one bundle: at most 4 GiB and 65,535 files")]
    TooLarge,
    /// The bytes are not what [`write()`] makes.
    #[error("the file is no bundle, or its structure is damaged")]
    Structure,
}

/// An archive of these files: name and bytes.
pub(super) fn write<'p>(files: impl Iterator<Item = (&'p str, &'p [u8])>) -> Result<Vec<u8>, ArchiveError> {
    let (mut out, mut central, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for (name, bytes) in files {
        let offset = size(out.len())?;
        let mut crc = Crc::new();
        crc.update(bytes);
        let length = u16::try_from(name.len()).map_err(|_| ArchiveError::TooLarge)?;
        let mut common = Vec::with_capacity(26);
        for field in [VERSION, UTF8, 0, 0, DATE] {
            common.extend(field.to_le_bytes());
        }
        for field in [crc.sum(), size(bytes.len())?, size(bytes.len())?] {
            common.extend(field.to_le_bytes());
        }
        common.extend(length.to_le_bytes());
        common.extend(0_u16.to_le_bytes());
        out.extend(LOCAL.to_le_bytes());
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(bytes);
        central.extend(CENTRAL.to_le_bytes());
        central.extend(VERSION.to_le_bytes());
        central.extend(&common);
        // Comment, disk and attributes: none.
        central.extend([0; 10]);
        central.extend(offset.to_le_bytes());
        central.extend(name.as_bytes());
        count = count.checked_add(1).ok_or(ArchiveError::TooLarge)?;
    }
    let (start, length) = (size(out.len())?, size(central.len())?);
    out.extend(central);
    out.extend(END.to_le_bytes());
    for field in [0, 0, count, count] {
        out.extend(field.to_le_bytes());
    }
    out.extend(length.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend(0_u16.to_le_bytes());
    Ok(out)
}

/// The files of an archive, in their order. What stands between them is not looked at: see [`is_as_written`].
pub(super) fn read(bytes: &[u8]) -> Result<Vec<(&str, &[u8])>, ArchiveError> {
    let mut files = Vec::new();
    let mut rest = bytes;
    while rest.starts_with(&LOCAL.to_le_bytes()) {
        let header = rest.get(..LOCAL_BYTES).ok_or(ArchiveError::Structure)?;
        let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]) as usize;
        let (length, name_length) = (number(18), usize::from(u16::from_le_bytes([header[26], header[27]])));
        let name = rest.get(LOCAL_BYTES..LOCAL_BYTES + name_length);
        let name = name.and_then(|name| std::str::from_utf8(name).ok());
        let start = LOCAL_BYTES + name_length;
        let file = start.checked_add(length).and_then(|end| rest.get(start..end));
        files.push(name.zip(file).ok_or(ArchiveError::Structure)?);
        rest = &rest[start + length..];
    }
    if files.is_empty() {
        return Err(ArchiveError::Structure);
    }
    Ok(files)
}

/// Whether an archive is, byte for byte, what is written of its files.
pub(super) fn is_as_written(bytes: &[u8], files: &[(&str, &[u8])]) -> bool {
    write(files.iter().copied()).is_ok_and(|written| written == bytes)
}

fn size(length: usize) -> Result<u32, ArchiveError> {
    u32::try_from(length).map_err(|_| ArchiveError::TooLarge)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FILES: [(&str, &[u8]); 3] = [("a.txt", b"one"), ("photos/b.jpg", b"\xff\xd8PK\x03\x04"), ("empty", b"")];

    #[test]
    fn what_is_written_is_read_again() {
        let bytes = write(FILES.into_iter()).unwrap();
        let files = read(&bytes).unwrap();
        assert_eq!(files, FILES);
        assert!(is_as_written(&bytes, &files));
    }

    #[test]
    fn the_form_is_that_of_every_zip_program() {
        let bytes = write(std::iter::once(("a", b"hello" as &[u8]))).unwrap();
        // CRC-32 of "hello", both sizes, length of the name.
        assert_eq!(bytes[14..18], 0x3610_a686_u32.to_le_bytes());
        assert_eq!((bytes[18], bytes[22], bytes[26]), (5, 5, 1));
        let end = &bytes[bytes.len() - 22..];
        assert_eq!(end[..4], END.to_le_bytes());
        let directory = u32::from_le_bytes([end[16], end[17], end[18], end[19]]) as usize;
        assert_eq!(bytes[directory..directory + 4], CENTRAL.to_le_bytes());
    }

    #[test]
    fn what_is_no_archive_is_refused_and_never_panics() {
        let bytes = write(FILES.into_iter()).unwrap();
        assert_eq!(read(b""), Err(ArchiveError::Structure));
        assert_eq!(read(b"PK\x05\x06"), Err(ArchiveError::Structure));
        for cut in 0..bytes.len() {
            let whole = read(&bytes[..cut]).is_ok_and(|files| is_as_written(&bytes[..cut], &files));
            assert!(!whole, "cut at {cut}");
        }
        let mut wild = bytes.clone();
        wild[18..22].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(read(&wild), Err(ArchiveError::Structure));
    }
}
