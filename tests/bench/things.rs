//! Generated things for benchmarks: names, brands, models and words in the proportions of a market. Nothing here is random twice.
//!
//! How often a brand, a brand's model, a kind of thing or a word occurs falls with its rank as Zipf's law has it: of 600 brands the
//! first has a ninth of all things, its first of 200 models an eighth of those.

/// A generated thing: common brands are common, models repeat.
pub(crate) struct Thing {
    pub(crate) noun: &'static str,
    pub(crate) brand: String,
    pub(crate) model: String,
    pub(crate) color: &'static str,
}

/// Models of which serial numbers are.
const SERIAL_MODELS: u64 = 10_000;
/// Numbers of registered things lie below it.
const REGISTERED_MAX: u64 = 100_000_000;
/// From the commonest on.
const NOUNS: [&str; 24] = [
    "mobiltelefon",
    "herrecykel",
    "damecykel",
    "bærbar computer",
    "elcykel",
    "boremaskine",
    "armbåndsur",
    "tablet",
    "kamera",
    "barnevogn",
    "spillekonsol",
    "guitar",
    "ladcykel",
    "hovedtelefoner",
    "højttaler",
    "halskæde",
    "fingerring",
    "rygsæk",
    "plæneklipper",
    "motorsav",
    "fladskærm",
    "objektiv",
    "violin",
    "keyboard",
];
const BRANDS: u64 = 600;
const MODELS: u64 = 200;
/// Words of descriptions: the first ones of the list stand among drawn ones.
const VOCABULARY: u64 = 4_000;
/// Each further word of the list is this much rarer.
const KNOWN_EVERY: u64 = 9;
const SYLLABLES: [&str; 24] = [
    "ka", "lo", "mi", "ren", "sol", "ta", "vi", "dan", "fe", "gul", "har", "jo", "ker", "lun", "mo", "ner", "os", "pel", "ri",
    "sta", "tor", "ul", "ves", "zan",
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
        let noun = NOUNS[zipf(mix(chance ^ 1), NOUNS.len() as u64) as usize];
        let brand = zipf(mix(chance ^ 2), BRANDS);
        let model = mix(brand * MODELS + zipf(mix(chance ^ 3), MODELS));
        Self {
            noun,
            brand: capitalised(&drawn_word(mix(brand ^ 0xb4a))),
            model: format!(
                "{}{}",
                ["KX", "MT", "V", "Pro ", "City "][usize::try_from(model % 5).unwrap()],
                (model >> 8) % 990 + 10
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
            chance = mix(chance);
            text.push(' ');
            text.push_str(&word(zipf(chance, VOCABULARY)));
        }
        text
    }
}

/// The word at a rank of the vocabulary.
fn word(rank: u64) -> String {
    let known = (rank.is_multiple_of(KNOWN_EVERY))
        .then(|| WORDS.get((rank / KNOWN_EVERY) as usize))
        .flatten();
    known.map_or_else(|| drawn_word(mix(rank ^ 0x303d)), |known| (*known).to_owned())
}

/// Three syllables.
fn drawn_word(chance: u64) -> String {
    let syllable = |shift: u32| SYLLABLES[usize::try_from((chance >> shift) % SYLLABLES.len() as u64).unwrap()];
    [syllable(0), syllable(20), syllable(40)].concat()
}

fn capitalised(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

/// A rank below `count`, each about as often as one over its place (Zipf's law): the inverse of the integral of that.
pub(crate) fn zipf(chance: u64, count: u64) -> u64 {
    let share = (chance >> 11) as f64 / (1_u64 << 53) as f64;
    (((count + 1) as f64).powf(share) as u64 - 1).min(count - 1)
}

/// A serial number as makers give them: of one of some models, popular or not, whose prefix it bears, and out of that model's run,
/// so that many lie near each other. Another for every number.
pub(crate) fn serial(number: u64) -> String {
    let model = zipf(mix(number ^ 0x0005_e41a), SERIAL_MODELS);
    let own = mix(model ^ 0x000d_e1ed);
    let prefix = (0..1 + model % 3).map(|place| char::from(b'A' + u8::try_from((own >> (40 + 6 * place)) % 26).unwrap()));
    // Numbers of things that nobody registered are drawn from far more of each run.
    let unit = if number < REGISTERED_MAX {
        number
    } else {
        REGISTERED_MAX + mix(number) % (8 * REGISTERED_MAX)
    };
    format!("{}{:010}", prefix.collect::<String>(), own % 1_000_000_000 + unit)
}

/// Spreads a number over all bits (the finaliser of SplitMix64).
pub(crate) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
