//! The words for what an identifier is and what its grammar says of it. The names are the ones that files and the API use.

use serde::{Deserialize, Serialize};

/// What sort of number an identifier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// Mobile equipment identity, 14 to 16 digits.
    Imei,
    /// Vehicle identification number, 17 characters.
    Vin,
    /// A bicycle's frame number.
    FrameNumber,
    /// A boat's hull number.
    HullNumber,
    /// An implanted or fitted RFID chip.
    Chip,
    /// The maker's serial number.
    Serial,
    /// A number that the owner engraved, etched or marked.
    OwnerNumber,
    /// A licence plate.
    Plate,
    /// GTIN, EAN, UPC: names the *model*, never the object.
    ProductCode,
}

/// The grammar by which an identifier was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// 3GPP TS 23.003 IMEI or IMEISV.
    Imei,
    /// ISO 3779 vehicle identification number.
    Vin,
    /// The Danish frame number (stelnummer).
    Danish,
    /// The German bicycle code (EIN).
    GermanEin,
    /// The French bicycle id (FNUCI).
    FrenchFnuci,
    /// ISO 10087 hull number.
    Hin,
    /// ISO 11784 chip.
    Iso11784,
    /// Apple's serial numbers.
    Apple,
    /// GS1 trade item number.
    Gtin,
    /// No grammar beyond letters and digits.
    Generic,
}

/// What grammar and check digit say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// Well-formed, and the check digit, where there is one, fits.
    Yes,
    /// Violates its grammar or check digit. Refused from whoever gives it, kept nowhere; text that announces such a value
    /// still shows it, because a slip can be near a true one.
    No,
    /// Well-formed but unconfirmed: a check digit that only some makers use fails, or nothing announced it.
    Weak,
    /// Outside the grammar in a way that real objects are known to be.
    Nonconforming,
    /// An IMEI without its check digit.
    Partial,
}
