//! Languages: which are known, how one is told from another, and what each adds (stemmer, stop words).
//!
//! A language is one row of [`LANGUAGES`]; the rest of the analysis does not know which there are. Stemming adds a form to
//! a word and never replaces the language-neutral one, so that a wrong guess costs little.

use std::collections::HashMap;
use std::sync::LazyLock;

use tantivy::tokenizer::{Language as Snowball, RawTokenizer, Stemmer, TextAnalyzer};
use whatlang::{Detector, Lang};

use super::fold::fold;

/// Below this many letters a guess is worth less than none.
const DETECT_LETTERS_MIN: usize = 16;
/// Detection reads the first characters only: more of them do not change its mind.
const DETECT_CHARACTERS_MAX: usize = 400;
/// Below this confidence (0 to 1) of the detector, the language counts as unknown.
const DETECT_CONFIDENCE_MIN: f64 = 0.25;

/// Stop words decide when they weigh this much together: one that a single language has weighs 1.
const DETECT_VOTES_MIN: f64 = 0.8;
/// So many times as much as those of any other language.
const DETECT_LEAD: f64 = 1.4;

/// One known language.
pub struct Language {
    /// ISO 639-1.
    pub code: &'static str,
    detected_as: Lang,
    endings: HowEndings,
    /// A last syllable that loses its vowel before an ending (Danish `cykel`, `cykler`), as it stands and as it remains.
    elided: Option<(&'static str, &'static str)>,
    stop_words: &'static str,
}

/// How the endings of a language come off.
enum HowEndings {
    /// By its Snowball stemmer.
    Snowball(Snowball),
    /// By a list, longest first: what is left is shared by most forms of a noun or an adjective.
    Listed(&'static [&'static str]),
}

impl std::fmt::Debug for Language {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code)
    }
}

/// The known languages, in the order of the columns of the table of concepts.
pub static LANGUAGES: [Language; 11] = [
    Language {
        code: "da",
        detected_as: Lang::Dan,
        endings: HowEndings::Snowball(Snowball::Danish),
        elided: Some(("el", "l")),
        stop_words: "ad af alle alt at bl blev blive bliver da de dem den denne der deres det dette dig din disse dog du efter \
                     eller en end er et for fra ham han hans har havde have hele hende her hos hun hvad hvis hvor i ikke ind jeg \
                     jer jo kan kun lidt man mange med meget men mig min mine mit mod ned noget nogle nu når og også om op os \
                     over på samt sig sin sine sit skal som så til ud under var vi vil ville vor være været",
    },
    Language {
        code: "sv",
        detected_as: Lang::Swe,
        endings: HowEndings::Snowball(Snowball::Swedish),
        elided: Some(("el", "l")),
        stop_words: "att av är bara blir den det detta där efter ej eller ett från för går ha hade han har här hon hos i icke \
                     in inte jag kan kom kunde lite man med mer mig min mitt mot mycket ni något några när och också om på sedan \
                     sig sin sitt ska som så till upp ut utan var vara varit vi vid vill är även",
    },
    Language {
        code: "nb",
        detected_as: Lang::Nob,
        endings: HowEndings::Snowball(Snowball::Norwegian),
        elided: Some(("el", "l")),
        stop_words: "av bare ble blir da de den det dette du eller en er et etter for fra ha hadde han har hos hun hva hvis hvor i \
                     ikke jeg kan kun litt man med meg men mer min mitt mot mye noe noen nå når og også om opp oss på seg selv \
                     sin skal som så til ut uten var ved vi vil være vært",
    },
    Language {
        code: "nl",
        detected_as: Lang::Nld,
        endings: HowEndings::Snowball(Snowball::Dutch),
        elided: None,
        stop_words: "aan al alleen als bij dan dat de deze die dit door dus een en er ge geen haar heb hebben heeft het hier hij hoe \
                     hun ik in is je kan maar meer met mijn moet naar niet nog nu of om ook op over per te tot tegen uit uw van \
                     veel voor vrij waar wat we wel werd wordt worden zeer zich zijn zo zonder",
    },
    Language {
        code: "de",
        detected_as: Lang::Deu,
        endings: HowEndings::Snowball(Snowball::German),
        elided: None,
        stop_words: "aber alle als am an auch auf aus bei beim bin bis bitte da damit dann das dass dem den der des die dies diese \
                     dieser dieses doch du durch ein eine einem einen einer eines er es für gegen habe haben hat hier ich ihr ihre \
                     im in ins ist ja kann kein keine mein meine mich mir mit nach nicht noch nur ob oder ohne schon sehr sein \
                     seine sich sie sind so über um und uns unter vom von vor war was wegen weil wenn werden wie wir wird wurde \
                     zu zum zur",
    },
    Language {
        code: "fr",
        detected_as: Lang::Fra,
        endings: HowEndings::Snowball(Snowball::French),
        elided: None,
        stop_words: "à au aux avec ce ces cet cette chez comme dans de des du elle en est et été être il ils je la le les leur lui \
                     ma mais me mes moi mon ne nos notre nous on ou où par pas peu plus pour qu que qui sa sans se ses si sont \
                     sur très tu un une vos votre vous y",
    },
    Language {
        code: "en",
        detected_as: Lang::Eng,
        endings: HowEndings::Snowball(Snowball::English),
        elided: None,
        stop_words: "a about all also an and any are as at be been but by can could did do does for from had has have he her his \
                     how i if in into is it its just me my no not of on only or our out so some such than that the their them \
                     then there these they this those to too up very was we were what when where which who will with would you \
                     your",
    },
    Language {
        code: "es",
        detected_as: Lang::Spa,
        endings: HowEndings::Snowball(Snowball::Spanish),
        elided: None,
        stop_words: "a al algo algún con como cuando de del donde el ella en entre era es esta estaba este esto fue ha hay la las \
                     le lo los más me mi mis muy ni no nos o para pero por porque que se sea ser si sin sobre son su sus también \
                     te tiene tengo un una uno unos unas y ya yo",
    },
    Language {
        code: "it",
        detected_as: Lang::Ita,
        endings: HowEndings::Snowball(Snowball::Italian),
        elided: None,
        stop_words: "a ad ai al alla alle allo anche che chi ci come con cui da dagli dai dal dalla dalle degli dei del della \
                     delle dello di e ed gli ha hanno ho i il in io la le lo ma mi mia mio molto ne nei nel nella nelle non o per \
                     perché più quale quando questa questo se sei si sono su sua sugli sui sul sulla sulle suo un una uno",
    },
    Language {
        code: "pl",
        detected_as: Lang::Pol,
        endings: HowEndings::Listed(&[
            "iejszy", "ejszy", "owego", "owych", "owymi", "owej", "iego", "iemu", "iach", "iami", "owie", "owa", "owe", "owy",
            "ego", "emu", "ach", "ami", "iej", "iem", "ych", "ymi", "imi", "ich", "ow", "om", "em", "ej", "ie", "ia", "io", "iu",
            "ym", "im", "a", "e", "i", "o", "u", "y",
        ]),
        elided: None,
        stop_words: "a aby ale bardzo bez być był była było co czy dla do go i ich ile ja jak jako jest jeszcze już każdy ktory \
                     która które lub ma mam mi na nie niż o od oraz po pod przez przy się są ta tak też to tu tylko tym u w we \
                     więc wraz z za ze że",
    },
    Language {
        code: "cs",
        detected_as: Lang::Ces,
        endings: HowEndings::Listed(&[
            "ejsi", "iho", "imu", "ich", "imi", "ymi", "ych", "eho", "emu", "ach", "ami", "ech", "emi", "ove", "ovi", "ova",
            "ovy", "ata", "ete", "uv", "um", "em", "es", "ou", "ej", "ym", "im", "ho", "a", "e", "i", "o", "u", "y",
        ]),
        elided: None,
        stop_words: "a aby ale ani asi až bez by byl byla bylo být co další do ho i jak jako je jeho jen ještě již jsem jsou k kde \
                     která které který ma mají máte mi mít mě na nebo není o od po pouze pro proto při s se si své ta tak také \
                     ten tento to tu u už v ve velmi vše z za ze že",
    },
];

/// The language with this ISO 639-1 code, with or without a region (`da`, `da-DK`, `DE_at`).
#[must_use]
pub fn by_code(code: &str) -> Option<&'static Language> {
    let primary = code.split(['-', '_']).next()?.trim();
    // Nynorsk, and Norwegian of no named kind, are read as Bokmål.
    let primary = if ["no", "nn"].iter().any(|norwegian| primary.eq_ignore_ascii_case(norwegian)) {
        "nb"
    } else {
        primary
    };
    LANGUAGES.iter().find(|language| language.code.eq_ignore_ascii_case(primary))
}

impl Language {
    /// Its place in [`LANGUAGES`].
    #[must_use]
    pub fn number(&self) -> Option<usize> {
        LANGUAGES.iter().position(|known| known.code == self.code)
    }
}

/// Guesses the language of a text among the known ones; `None` when it is too short or could as well be another.
///
/// The short words of a language decide where there are some, each for as much as few languages have it; they tell Danish
/// from Norwegian in a line. Else the letters decide.
#[must_use]
pub fn detect(text: &str) -> Option<&'static Language> {
    static DETECTOR: LazyLock<Detector> =
        LazyLock::new(|| Detector::with_allowlist(LANGUAGES.iter().map(|language| language.detected_as).collect()));
    let beginning = match text.char_indices().nth(DETECT_CHARACTERS_MAX) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    if let Some(known) = by_short_words(beginning) {
        return Some(known);
    }
    if beginning.chars().filter(|c| c.is_alphabetic()).count() < DETECT_LETTERS_MIN {
        return None;
    }
    let guess = DETECTOR.detect(beginning)?;
    if guess.confidence() < DETECT_CONFIDENCE_MIN {
        return None;
    }
    LANGUAGES.iter().find(|language| language.detected_as == guess.lang())
}

/// The language whose stop words stand in a text, when no other has nearly as many of them.
fn by_short_words(text: &str) -> Option<&'static Language> {
    let mut votes = [0.0; LANGUAGES.len()];
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    for known in words.filter_map(|word| STOP_WORDS.get(fold(word).as_str())) {
        for (vote, language) in votes.iter_mut().zip(known) {
            *vote += if *language {
                1.0 / known.iter().filter(|known| **known).count() as f64
            } else {
                0.0
            };
        }
    }
    let mut order: Vec<usize> = (0..votes.len()).collect();
    order.sort_by(|a, b| votes[*b].total_cmp(&votes[*a]));
    let (best, second) = (votes[order[0]], votes[order[1]]);
    (best >= DETECT_VOTES_MIN && best >= second * DETECT_LEAD).then(|| &LANGUAGES[order[0]])
}

/// Folded stop words, and which languages have them.
static STOP_WORDS: LazyLock<HashMap<String, [bool; LANGUAGES.len()]>> = LazyLock::new(|| {
    let mut words: HashMap<String, [bool; LANGUAGES.len()]> = HashMap::new();
    for (number, language) in LANGUAGES.iter().enumerate() {
        for word in language.stop_words.split_whitespace() {
            words.entry(fold(word)).or_default()[number] = true;
        }
    }
    words
});

/// Whether a folded word says nothing in any known language. The lists are joined: a wrongly guessed language must not
/// bring them back.
#[must_use]
pub fn is_stop_word(folded: &str) -> bool {
    STOP_WORDS.contains_key(folded)
}

/// A word without the article that French and Italian put before it (`l'objectif`, `dell'orologio`).
#[must_use]
pub fn without_elision(word: &str) -> &str {
    match word.split_once(['\'', '’']) {
        Some((article, rest)) if !rest.is_empty() && ELIDED.iter().any(|known| article.eq_ignore_ascii_case(known)) => rest,
        _ => word,
    }
}

/// Articles and pronouns that stand before an apostrophe.
const ELIDED: [&str; 16] = [
    "l", "d", "s", "n", "c", "j", "m", "t", "qu", "un", "all", "dall", "dell", "nell", "sull", "quell",
];
/// What a listed ending leaves at least, in bytes of the folded word.
const LISTED_STEM_MIN: usize = 4;

/// Takes the endings off folded words of one language. Works on the folded form so that two spellings that fold alike
/// also stem alike.
pub struct Endings {
    stemmer: Taking,
    elided: Option<(&'static str, &'static str)>,
}

impl Endings {
    /// The stemmer of a language.
    #[must_use]
    pub fn new(language: &Language) -> Self {
        let stemmer = match language.endings {
            HowEndings::Snowball(snowball) => Taking::Stemmer(
                TextAnalyzer::builder(RawTokenizer::default())
                    .filter(Stemmer::new(snowball))
                    .build(),
            ),
            HowEndings::Listed(endings) => Taking::Listed(endings),
        };
        Self {
            stemmer,
            elided: language.elided,
        }
    }

    /// The stem of one folded word.
    pub fn stem(&mut self, folded: &str) -> String {
        let stem = match &mut self.stemmer {
            Taking::Stemmer(stemmer) => {
                let mut stream = stemmer.token_stream(folded);
                if stream.advance() {
                    stream.token().text.clone()
                } else {
                    folded.to_owned()
                }
            }
            Taking::Listed(endings) => without_ending(folded, endings).to_owned(),
        };
        let elided = self.elided.and_then(|(full, short)| Some((stem.strip_suffix(full)?, short)));
        match elided {
            Some((start, short)) if start.len() > 1 && !start.ends_with(['a', 'e', 'i', 'o', 'u', 'y']) => {
                format!("{start}{short}")
            }
            _ => stem,
        }
    }
}

enum Taking {
    Stemmer(TextAnalyzer),
    Listed(&'static [&'static str]),
}

fn without_ending<'a>(folded: &'a str, endings: &[&str]) -> &'a str {
    (endings.iter())
        .filter_map(|ending| folded.strip_suffix(ending))
        .find(|stem| stem.len() >= LISTED_STEM_MIN)
        .unwrap_or(folded)
}

#[cfg(test)]
mod tests;
