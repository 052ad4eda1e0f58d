//! The one table of weights. Every figure of a comparison stands here, with where it comes from.
//!
//! All weights are log10 likelihood ratios. *Judgement* marks an estimate of ours that no data has confirmed yet; reviewed
//! decisions will replace it. *Measured* names the data. A change of any figure takes a new [`MODEL`].

use crate::domain::assessment::Comparison;

/// Version of this table; a report keeps the version that it was made with.
pub const MODEL: &str = "2026-11-23/13";

/// Identifiers: an exact match is worth what the number can tell apart, a slip less by how many numbers lie as near.
pub(super) mod identifier {
    /// Decades that a digit of a serial number tells apart. A uniform digit would be 1; serials run in sequence and share
    /// their first digits. *Judgement.*
    pub(in crate::matching) const DIGIT: f64 = 0.85;
    /// The same of a letter; 1.41 would be uniform, but most letters name a model, a factory or a year. *Judgement.*
    pub(in crate::matching) const LETTER: f64 = 1.1;
    /// The same of a letter in front of a bicycle's frame number: there are few makers. *Judgement.*
    pub(in crate::matching) const MAKER_LETTER: f64 = 0.5;
    /// An IMEI: 6 free digits, and 8 that name the model (3GPP TS 23.003); the population of other phones shares those of
    /// the popular models. *Judgement on the published structure.*
    pub(in crate::matching) const IMEI: f64 = 10.0;
    /// An IMEI whose type code a slip has changed: 6 free digits, and of the 10^8 type codes fewer than 10^6 were ever given
    /// out. They lie in blocks, so that what is one digit away is often given out too (two in three of one large maker's), but
    /// most of them to models that are seldom met. *Judgement on the published structure.*
    pub(in crate::matching) const IMEI_TYPE_CHANGED: f64 = 12.0;
    /// A serial number that differs from ours in digits of its closing run only: makers count on, so it may be another unit of
    /// the model. Five free digits of a run, and what the model's own part adds beyond the description, which is counted for
    /// itself. *Judgement.*
    pub(in crate::matching) const SAME_RUN: f64 = 7.2;
    /// A VIN: 6 to 8 free digits and a maker's part (ISO 3779). *Judgement on the published structure.*
    pub(in crate::matching) const VIN: f64 = 11.0;
    /// An ISO 11784 chip: 12 digits behind the maker's. *Judgement on the published structure.*
    pub(in crate::matching) const CHIP: f64 = 10.0;
    /// Numbers that lie one edit away from one of this length, for each position: replace, insert, delete, swap. With
    /// digits only, and with letters too. *Calculated*: twice an
    /// effective alphabet of 8 or 20, and 2.
    pub(in crate::matching) const NEIGHBOURS_DIGITS: f64 = 18.0;
    /// See [`NEIGHBOURS_DIGITS`].
    pub(in crate::matching) const NEIGHBOURS_LETTERS: f64 = 42.0;
    /// The same where characters were left out: nothing but the position is free, and one slip in five is of this kind.
    /// *Calculated*, the share *judgement*.
    pub(in crate::matching) const NEIGHBOURS_SHORTER: f64 = 5.0;
    /// The same where one character was struck twice, one slip in ten. *Calculated*, the share *judgement*.
    pub(in crate::matching) const NEIGHBOURS_DOUBLED: f64 = 10.0;
    /// How often one who types a number makes one real slip (1 in 20), and two (1 in 200). *Judgement.*
    pub(in crate::matching) const SLIPS: [f64; 3] = [0.0, -1.3, -2.3];
    /// How often somebody takes a character for its look-alike, for the first and each further one. *Judgement.*
    pub(in crate::matching) const LOOK_ALIKE_FIRST: f64 = -0.7;
    /// See [`LOOK_ALIKE_FIRST`]: who cannot tell 0 from O fails at each.
    pub(in crate::matching) const LOOK_ALIKE_NEXT: f64 = -0.3;
    /// Most that an exact number with a confirmed check digit is worth; beyond it copied and cloned numbers decide.
    /// *Judgement.*
    pub(in crate::matching) const CAP_CHECKED: f64 = 7.0;
    /// Most that any other exact number is worth. *Judgement.*
    pub(in crate::matching) const CAP_EXACT: f64 = 6.2;
    /// Most that a number that differs by look-alikes is worth. *Judgement.*
    pub(in crate::matching) const CAP_LOOK_ALIKE: f64 = 5.5;
    /// Most that a number with one and with two slips is worth. *Judgement.*
    pub(in crate::matching) const CAP_SLIPS: [f64; 3] = [5.5, 5.0, 4.0];
    /// What is lost when no word announced the number in the text. *Judgement.*
    pub(in crate::matching) const UNANNOUNCED: f64 = -0.8;
    /// What is lost when the grammar does not confirm the number. *Judgement.*
    pub(in crate::matching) const WEAK: f64 = -0.5;
    /// What is lost when the number violates its grammar: somebody mistyped it. Not where a slip is counted already, which is
    /// what violates it. *Judgement.*
    pub(in crate::matching) const MISTYPED: f64 = -0.3;
    /// What is lost when the sides call the number by different kinds. *Judgement.*
    pub(in crate::matching) const OTHER_KIND: f64 = -0.3;
    /// What is lost when the number comes from a photo's EXIF data: the camera that took the photo need not be the object
    /// on sale. *Judgement.*
    pub(in crate::matching) const EXIF: f64 = -0.7;
    /// What is lost when the number was read from a barcode in a photo: the reading is checked by the code itself, but the code
    /// may be that of a box, a part or a shelf. *Judgement.*
    pub(in crate::matching) const BARCODE: f64 = -0.3;
    /// What is lost when it was read from the text on a label: characters are misread, and the text may be another thing's.
    /// *Judgement.*
    pub(in crate::matching) const LABEL: f64 = -0.6;
    /// A serial is unique within its maker only: what an agreeing brand adds and a differing one takes. *Judgement.*
    pub(in crate::matching) const BRAND_SAME: f64 = 0.2;
    /// See [`BRAND_SAME`].
    pub(in crate::matching) const BRAND_OTHER: f64 = -1.0;
    /// What a second, different number that agrees adds: the two are seldom independent. *Judgement.*
    pub(in crate::matching) const SECOND: f64 = 0.5;
    /// A different well-formed number of a kind of which an object has one. *Judgement:* 1 in 300 is entered wrongly
    /// throughout.
    pub(in crate::matching) const DIFFERENT_UNIQUE: f64 = -2.5;
    /// The same of a kind of which an object can have several (serials of parts, two IMEIs). *Judgement.*
    pub(in crate::matching) const DIFFERENT_SEVERAL: f64 = -2.0;
    /// The same of a licence plate, which can be changed. *Judgement.*
    pub(in crate::matching) const DIFFERENT_PLATE: f64 = -0.5;
}

/// Photos.
pub(super) mod photo {
    /// PDQ bits up to which a picture is taken for the same. *Measured:* none of 55.7 M pairs of different photos at 40 or
    /// less; of 200 watermarked copies 185 lie within 31, 199 within 40. The last step of [`SAME`] is worth less.
    pub(in crate::matching) const SAME_BITS: u16 = 40;
    /// PDQ bits up to which it is a weak candidate. *Measured:* 9e-7 of the same pairs at 64.
    pub(in crate::matching) const WEAK_BITS: u16 = 64;
    /// Bits up to which the second hash confirms; unrelated pictures lie at 128 ± 8. *Calculated* for independent bits.
    pub(in crate::matching) const SECOND_BITS: u16 = 72;
    /// Steps of PDQ bits and what they are worth when the second hash confirms. None in 55.7 M pairs, which share photos and
    /// therefore count for fewer, bounds the rate of chance at 5e-8 at best, with 16 forms at 8e-7; what caps it lower is that
    /// pictures are copied. *Judgement.*
    pub(in crate::matching) const SAME: [(u16, f64); 4] = [(10, 5.0), (20, 4.8), (31, 4.5), (SAME_BITS, 4.0)];
    /// Most when the second hash does not confirm. *Judgement.*
    pub(in crate::matching) const UNCONFIRMED: f64 = 2.5;
    /// A weak candidate, when the second hash confirms. *Judgement.*
    pub(in crate::matching) const WEAK: f64 = 0.7;
    /// Corners that lie alike in two photos of which one shows a part of the other, and what so many are worth. *Measured* with
    /// `cargo bench --workspace --bench photos`: with 9 corners or more none of the 404,550 pairs of 900 photographs, each compared
    /// outright (one had 8, which is why the limit is 9: it was chosen on the same photographs), so that no step may exceed 5.1,
    /// a third of them. Searches of 3,400 edited copies among these and 9,100 drawn pictures found none either; they are of the
    /// same photographs and bound nothing further.
    /// Panels and mirror images need more of them ([`replevin_index::image::features::verify::INLIERS_FURTHER`]).
    /// They stay below a picture that agrees as a whole: the limits were chosen on photos of this one kind. *Judgement.*
    pub(in crate::matching) const PART: [(usize, f64); 3] = [(9, 3.6), (12, 3.8), (20, 3.9)];
    /// Below this PDQ quality (0 to 100) a picture has too little in it; the reference of PDQ advises to drop it.
    pub(in crate::matching) const QUALITY_MIN: u8 = 50;
    /// Most of a picture with too little in it. *Judgement.*
    pub(in crate::matching) const FEATURELESS: f64 = 1.0;
    /// What is lost when two and three sellers show the picture; with more it proves next to nothing. *Judgement.*
    pub(in crate::matching) const SOURCES: [f64; 4] = [0.0, 0.0, -1.5, -3.5];
    /// Most of a picture that four sellers or more show. *Judgement.*
    pub(in crate::matching) const STOCK: f64 = 0.1;
    /// What each further pair of different photos adds, and at most together: series of catalogue photos are copied whole.
    /// *Judgement.*
    pub(in crate::matching) const FURTHER: f64 = 0.3;
    /// See [`FURTHER`].
    pub(in crate::matching) const FURTHER_MAX: f64 = 0.6;
    /// From here on the photo explains what the texts share: it was copied with it. *Judgement.*
    pub(in crate::matching) const EXPLAINS_TEXT: f64 = 2.0;
}

/// Descriptions. They say that it is the same model, which is little about the object.
pub(super) mod description {
    /// Share of the words, weighted by rarity, and what it is worth; in between by straight lines. *Judgement.*
    pub(in crate::matching) const SHARED: [(f64, f64); 4] = [(0.15, 0.0), (0.4, 0.2), (0.7, 0.45), (1.0, 0.6)];
    /// The registered side's part in the share; the rest is the offered title's. *Judgement.*
    pub(in crate::matching) const REGISTERED_PART: f64 = 0.6;
    /// Brand, model and colour: what agreeing adds and differing takes. *Judgement.*
    pub(in crate::matching) const BRAND: [f64; 2] = [0.2, -1.0];
    /// See [`BRAND`].
    pub(in crate::matching) const MODEL: [f64; 2] = [0.3, -0.8];
    /// See [`BRAND`].
    pub(in crate::matching) const COLOR: [f64; 2] = [0.1, -0.4];
    /// Descriptions whose weights differ by less agree equally well: what some sellers add to a model's name is chance.
    /// *Judgement.*
    pub(in crate::matching) const AS_WELL: f64 = 0.15;
    /// How often the same object's listing agrees at least this well: the rest of sellers say less. *Judgement.*
    pub(in crate::matching) const SAID_OF_THE_SAME: f64 = 0.7;
    /// Most that a measured rate of coincidence is worth: an archive knows the models of its own sellers. *Judgement.*
    pub(in crate::matching) const MEASURED_MAX: f64 = 2.0;
    /// Bounds of the group where the rate of coincidence is not measured. *Judgement.*
    pub(in crate::matching) const CAP: [f64; 2] = [-1.8, 1.0];
}

/// Time.
pub(super) mod time {
    /// Hours before the theft within which a partner's clock or form may be wrong.
    pub(in crate::matching) const TOLERANCE_HOURS: i64 = 24;
    /// Posted before the theft, but within the tolerance. *Judgement.*
    pub(in crate::matching) const SHORTLY_BEFORE: f64 = -1.5;
    /// After the theft: this on the day, falling by [`SLOPE`] with the logarithm of 1 + days / [`SCALE_DAYS`], never below
    /// [`FLOOR`]. *Judgement:* most stolen goods are sold within weeks.
    pub(in crate::matching) const SAME_DAY: f64 = 0.4;
    /// See [`SAME_DAY`].
    pub(in crate::matching) const SLOPE: f64 = 0.7;
    /// See [`SAME_DAY`].
    pub(in crate::matching) const SCALE_DAYS: f64 = 30.0;
    /// See [`SAME_DAY`].
    pub(in crate::matching) const FLOOR: f64 = -0.5;
}

/// Place.
pub(super) mod place {
    /// At the scene this much, falling by [`SLOPE`] with the logarithm of 1 + km / [`SCALE_KM`], never below [`FLOOR`].
    /// *Judgement:* a wide tail, goods travel.
    pub(in crate::matching) const AT_SCENE: f64 = 0.5;
    /// See [`AT_SCENE`].
    pub(in crate::matching) const SLOPE: f64 = 0.35;
    /// See [`AT_SCENE`].
    pub(in crate::matching) const SCALE_KM: f64 = 10.0;
    /// See [`AT_SCENE`].
    pub(in crate::matching) const FLOOR: f64 = -0.3;
    /// The same postcode. *Judgement.*
    pub(in crate::matching) const SAME_POSTCODE: f64 = 0.5;
    /// The same first two characters of the postcode. *Judgement.*
    pub(in crate::matching) const SAME_REGION: f64 = 0.3;
    /// The same country. *Judgement.*
    pub(in crate::matching) const SAME_COUNTRY: f64 = 0.05;
    /// Another country. *Judgement.*
    pub(in crate::matching) const OTHER_COUNTRY: f64 = -0.2;
}

/// Price.
pub(super) mod price {
    /// Other sellers who must ask something for what reads like the item before there is a usual price.
    pub(in crate::matching) const SELLERS_MIN: usize = 5;
    /// Below this part of the usual price an auction begins, or nothing is meant by it.
    pub(in crate::matching) const IN_NAME_ONLY: f64 = 0.05;
    /// Parts of the usual price and what they are worth; in between by straight lines. *Judgement:* who must be rid of a thing
    /// asks a quarter of what it is worth about twice as often as others do.
    pub(in crate::matching) const OF_USUAL: [(f64, f64); 4] = [(0.25, 0.3), (0.5, 0.1), (0.75, 0.0), (1.0, -0.05)];
}

/// Distinguishing marks.
pub(super) mod marks {
    /// How often a seller mentions a given mark of an object that has it. *Judgement.*
    pub(in crate::matching) const MENTIONED: f64 = 0.3;
    /// Most that marks are worth: a text can be copied from the owner's own earlier listing. *Judgement.*
    pub(in crate::matching) const CAP: f64 = 3.5;
    /// What marks must come to for a pair to be looked at on their account.
    pub(in crate::matching) const LOOKED_AT: f64 = 1.0;
}

/// The seller: what else they offer, and what was found with them before.
pub(super) mod seller {
    /// How often a seller of one object of a burglary offers a given other one as well. *Judgement.*
    pub(in crate::matching) const OFFERED_TOGETHER: f64 = 0.3;
    /// Most that one companion is worth. *Judgement.*
    pub(in crate::matching) const COMPANION_MAX: f64 = 1.5;
    /// Most that all of them are worth: one household buys the same things as another. *Judgement.*
    pub(in crate::matching) const CAP: f64 = 3.5;
    /// What one, two, three and more earlier thefts are worth whose goods were recovered from the seller. *Judgement:* a tenth of
    /// the sellers of stolen goods, and one in some hundred others, would be known so; no outcomes have borne that out yet.
    pub(in crate::matching) const HISTORY: [f64; 3] = [0.7, 1.0, 1.2];
    /// What the words of a pair must come to (see [`super::description`]) for it to look like the object.
    pub(in crate::matching) const LOOKS_LIKE: f64 = 0.45;
}

/// The least and most that a piece of evidence can be worth. What was counted is capped by a third of what it was counted among;
/// the caps of numbers and of whole photos are judgement, until outcomes are enough to count. No calibration goes beyond.
#[must_use]
pub(super) fn bounds(comparison: Comparison) -> [f64; 2] {
    match comparison {
        Comparison::Identifier => [identifier::DIFFERENT_UNIQUE, identifier::CAP_CHECKED],
        Comparison::Photo => [0.0, photo::SAME[0].1 + photo::FURTHER_MAX],
        Comparison::Description => [description::CAP[0], description::MEASURED_MAX],
        Comparison::Marks => [0.0, marks::CAP],
        Comparison::Time => [time::SHORTLY_BEFORE, time::SAME_DAY],
        Comparison::Place => [place::FLOOR, place::AT_SCENE],
        Comparison::Price => [price::OF_USUAL[3].1, price::OF_USUAL[0].1],
        Comparison::Seller => [0.0, seller::CAP],
    }
}

/// A value between the points of a curve, by straight lines; constant beyond its ends.
#[must_use]
pub(super) fn along(curve: &[(f64, f64)], x: f64) -> f64 {
    let mut before: Option<(f64, f64)> = None;
    for &(at, value) in curve {
        if x <= at {
            return before.map_or(value, |(from, low)| low + (value - low) * (x - from) / (at - from));
        }
        before = Some((at, value));
    }
    before.map_or(0.0, |(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_linear_between_its_points() {
        for (x, value) in [(0.0, 0.0), (0.15, 0.0), (0.275, 0.1), (0.4, 0.2), (1.0, 0.6), (2.0, 0.6)] {
            assert!((along(&description::SHARED, x) - value).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn words_time_place_and_price_together_stay_below_the_mildest_prior() {
        let most =
            description::CAP[1] + time::SAME_DAY + place::AT_SCENE.max(place::SAME_POSTCODE) + bounds(Comparison::Price)[1];
        let prior = crate::matching::MatchingOptions::default().prior(0);
        assert!(most + prior.log10_odds < -1.0);
    }
}
