//! The beginning of a stream in one piece, however the stream comes: what it is is judged from its first bytes.

use std::io::{self, BufRead, Read};

/// So many bytes are seen at once, or all there are.
pub(super) const BEGINNING_BYTES: usize = 256;

/// A stream whose first bytes come together.
pub(super) struct Beginning<R> {
    stream: R,
    begun: bool,
    held: Vec<u8>,
    at: usize,
    /// What happened while the beginning was gathered: told after what came before it.
    failed: Option<io::Error>,
}

impl<R: BufRead> Beginning<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            stream,
            begun: false,
            held: Vec::new(),
            at: 0,
            failed: None,
        }
    }

    fn gather(&mut self) {
        while self.held.len() < BEGINNING_BYTES {
            let length = match self.stream.fill_buf() {
                Ok([]) => return,
                Ok(part) if part.len() >= BEGINNING_BYTES && self.held.is_empty() => return,
                Ok(part) => {
                    self.held.extend_from_slice(part);
                    part.len()
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.failed = Some(error);
                    return;
                }
            };
            self.stream.consume(length);
        }
    }
}

impl<R: BufRead> BufRead for Beginning<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.begun {
            self.begun = true;
            self.gather();
        }
        if self.at < self.held.len() {
            return Ok(&self.held[self.at..]);
        }
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.stream.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        if self.at < self.held.len() {
            self.at += amount;
        } else {
            self.stream.consume(amount);
        }
    }
}

impl<R: BufRead> Read for Beginning<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let length = ready.len().min(buffer.len());
        buffer[..length].copy_from_slice(&ready[..length]);
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// Gives a byte at a time, and fails where there is a zero.
    struct Drops<'d>(&'d [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.split_first() {
                None => Ok(0),
                Some((0, rest)) => {
                    self.0 = rest;
                    Err(io::ErrorKind::InvalidData.into())
                }
                Some((byte, rest)) => {
                    buffer[0] = *byte;
                    self.0 = rest;
                    Ok(1)
                }
            }
        }
    }

    #[test]
    fn the_first_bytes_come_together_and_all_come() {
        let text = [b'x'; 1_000];
        let mut stream = Beginning::new(BufReader::new(Drops(&text)));
        assert_eq!(stream.fill_buf().unwrap().len(), BEGINNING_BYTES);
        stream.consume(10);
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert_eq!(rest.len(), 990);
    }

    #[test]
    fn a_failure_comes_after_what_came_before_it() {
        let mut stream = Beginning::new(BufReader::new(Drops(b"ab\0")));
        assert_eq!(stream.fill_buf().unwrap(), b"ab");
        stream.consume(2);
        assert_eq!(stream.fill_buf().unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
