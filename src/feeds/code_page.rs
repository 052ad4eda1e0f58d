//! The encodings of DOS, which catalogue programs of that age still write and which the web has no names for.
//!
//! Owns the tables of the code pages of Western, Nordic and Central Europe: bytes below 128 are ASCII, each above is one letter or
//! sign. Source: the code pages of IBM and Microsoft as Unicode maps them.

use std::io::{self, BufRead, Read};

/// Text that is held at once, bytes.
const WINDOW_BYTES: usize = 16 << 10;

/// An encoding of DOS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodePage {
    /// Its name, such as `cp850`.
    pub name: &'static str,
    /// What the bytes from 128 on are.
    upper: &'static str,
}

/// The code pages that are known.
const PAGES: [CodePage; 5] = [
    CodePage {
        name: "cp437",
        upper: "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
    },
    CodePage {
        name: "cp850",
        upper: "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
    },
    CodePage {
        name: "cp852",
        upper: "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}",
    },
    CodePage {
        name: "cp858",
        upper: "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
    },
    CodePage {
        name: "cp865",
        upper: "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø₧ƒáíóúñÑªº¿⌐¬½¼¡«¤░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
    },
];

impl CodePage {
    /// A code page by one of its names: `cp850`, `ibm850`, `850`, `dos-850`.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Self> {
        let plain: String = label
            .to_ascii_lowercase()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let number = ["cp", "ibm", "dos", "oem"].iter().find_map(|front| plain.strip_prefix(front));
        let number = number.unwrap_or(plain.as_str());
        PAGES.into_iter().find(|page| page.name.strip_prefix("cp") == Some(number))
    }
}

/// A stream in a code page as UTF-8.
pub(super) struct Dos<R> {
    stream: R,
    letters: Vec<char>,
    text: Vec<u8>,
    at: usize,
}

impl<R: BufRead> Dos<R> {
    pub(super) fn new(stream: R, page: CodePage) -> Self {
        Self {
            stream,
            letters: page.upper.chars().collect(),
            text: Vec::new(),
            at: 0,
        }
    }
}

impl<R: BufRead> BufRead for Dos<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.text.len() {
            (self.at, self.text) = (0, Vec::new());
            let raw = self.stream.fill_buf()?;
            let raw = &raw[..raw.len().min(WINDOW_BYTES)];
            for byte in raw {
                match self.letters.get(usize::from(byte.wrapping_sub(128))) {
                    Some(letter) if *byte >= 128 => self.text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
                    _ => self.text.push(*byte),
                }
            }
            let used = raw.len();
            self.stream.consume(used);
        }
        Ok(&self.text[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.text.len());
    }
}

impl<R: BufRead> Read for Dos<R> {
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
    use super::*;

    #[test]
    fn letters_of_dos_are_read() {
        for (label, bytes, text) in [
            ("cp850", &b"sk\x91rm, b\x9bger"[..], "skærm, bøger"),
            ("IBM-865", b"sk\x91rm, b\x9bger", "skærm, bøger"),
            ("cp437", b"Gr\x81n \x9c5", "Grün £5"),
            ("852", b"\x88\xA2d\xA6", "łódŽ"),
            ("dos-858", b"\xD5 12", "€ 12"),
        ] {
            let page = CodePage::of_label(label).unwrap();
            assert_eq!(page.upper.chars().count(), 128, "{label}");
            let mut found = String::new();
            let pieces = io::BufReader::with_capacity(3, bytes);
            Dos::new(pieces, page).read_to_string(&mut found).unwrap();
            assert_eq!(found, text, "{label}");
        }
        for label in ["cp1252", "windows-1252", "utf-8", ""] {
            assert_eq!(CodePage::of_label(label), None, "{label}");
        }
    }
}
