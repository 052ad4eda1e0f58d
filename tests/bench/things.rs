//! Generated things for benchmarks: names, brands and numbers in the proportions of a market. Nothing here is random twice.

/// A generated thing: common brands are common, models repeat.
pub(crate) struct Thing {
    pub(crate) noun: &'static str,
    pub(crate) brand: &'static str,
    pub(crate) model: String,
    pub(crate) color: &'static str,
}

const NOUNS: [&str; 12] = [
    "herrecykel",
    "damecykel",
    "mobiltelefon",
    "bærbar computer",
    "kamera",
    "armbåndsur",
    "boremaskine",
    "barnevogn",
    "guitar",
    "elcykel",
    "spillekonsol",
    "tablet",
];
const BRANDS: [&str; 16] = [
    "Kildeholm",
    "Nordvang",
    "Sommersted",
    "Ravnsø",
    "Telavi",
    "Kompas",
    "Lumor",
    "Brandt & Vig",
    "Ostra",
    "Fjeldmark",
    "Duvén",
    "Halmø",
    "Pirelo",
    "Quintus",
    "Vestra",
    "Zander",
];
const COLORS: [&str; 8] = ["sort", "hvid", "rød", "blå", "grøn", "grå", "sølv", "gul"];
const WORDS: [&str; 32] = [
    "pæn",
    "brugt",
    "næsten",
    "ny",
    "ridse",
    "kvittering",
    "haves",
    "sælges",
    "afhentes",
    "batteri",
    "god",
    "stand",
    "fejler",
    "intet",
    "lader",
    "medfølger",
    "kasse",
    "original",
    "byd",
    "hurtig",
    "handel",
    "kælder",
    "ryddes",
    "gave",
    "ubrugt",
    "slid",
    "hjørne",
    "virker",
    "perfekt",
    "service",
    "skærm",
    "taske",
];

impl Thing {
    pub(crate) fn numbered(number: u64) -> Self {
        let chance = mix(number);
        // The square makes the first brands the common ones.
        let rank = (chance >> 8) % 256;
        let brand = BRANDS[usize::try_from(rank * rank / 4096).unwrap() % BRANDS.len()];
        Self {
            noun: NOUNS[usize::try_from(chance % 12).unwrap()],
            brand,
            model: format!(
                "{}{}",
                ["KX", "MT", "V", "Pro ", "City "][usize::try_from((chance >> 20) % 5).unwrap()],
                (chance >> 24) % 90 + 10
            ),
            color: COLORS[usize::try_from((chance >> 40) % 8).unwrap()],
        }
    }

    pub(crate) fn title(&self) -> String {
        format!("{} {} {}", self.brand, self.model, self.noun)
    }

    pub(crate) fn text(&self, number: u64) -> String {
        let mut chance = mix(number ^ 0xabcd);
        let mut text = format!("{} {}", self.color, self.noun);
        for _ in 0..12 {
            text.push(' ');
            text.push_str(WORDS[usize::try_from(chance % 32).unwrap()]);
            chance = mix(chance);
        }
        text
    }
}

/// A well-formed serial number.
pub(crate) fn serial(number: u64) -> String {
    let chance = mix(number ^ 0x0005_e41a);
    let letter = |shift: u32| char::from(b'A' + u8::try_from((chance >> shift) % 26).unwrap());
    format!("{}{}{:08}", letter(50), letter(57), chance % 100_000_000)
}

/// Spreads a number over all bits (the finaliser of SplitMix64).
pub(crate) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
