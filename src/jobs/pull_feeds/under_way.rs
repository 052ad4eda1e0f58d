//! Which feeds are pulled at once: whose turn it is.

use crate::domain::ids::{FeedId, PartnerId};

/// Feeds that are under way at once. Most of that is waiting for their servers: one that trickles takes the place of nobody.
const PULLS_AT_ONCE: usize = 16;
/// Those of one partner.
const PULLS_OF_PARTNER: usize = 4;
/// Those of one host, each of another partner: platforms serve many.
const PULLS_OF_HOST: usize = 4;

/// A feed that is being pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnderWay {
    pub(super) feed: FeedId,
    pub(super) partner: PartnerId,
    pub(super) host: String,
}

impl UnderWay {
    /// Whether it may begin beside others: nobody has more than a share of the places, and no host is asked for more than one file
    /// of a partner at a time.
    pub(super) fn may_begin<'a>(&self, others: impl Iterator<Item = &'a Self> + Clone) -> bool {
        let count = |is: &dyn Fn(&Self) -> bool| others.clone().filter(|other| is(other)).count();
        count(&|_| true) < PULLS_AT_ONCE
            && count(&|other| other.partner == self.partner) < PULLS_OF_PARTNER
            && count(&|other| other.host == self.host) < PULLS_OF_HOST
            && count(&|other| other.feed == self.feed || (other.partner, &other.host) == (self.partner, &self.host)) == 0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn after_a_long_rest_feeds_begin_in_turn_and_nobody_takes_all_places() {
        let now = Timestamp::default();
        let partners: Vec<PartnerId> = (0..10).map(|_| PartnerId::generate(now)).collect();
        // Forty that are overdue: four of each partner, the first partner's all elsewhere, those of the others on one platform.
        let due: Vec<UnderWay> = (0..40)
            .map(|n| UnderWay {
                feed: FeedId::generate(now),
                partner: partners[n / 4],
                host: if n < 4 { format!("host-{n}") } else { "platform".to_owned() },
            })
            .chain((0..20).map(|n| UnderWay {
                feed: FeedId::generate(now),
                partner: partners[0],
                host: format!("more-{n}"),
            }))
            .collect();
        let mut waiting = due.clone();
        let mut rounds = Vec::new();
        while !waiting.is_empty() {
            let mut begun: Vec<UnderWay> = Vec::new();
            for feed in &waiting {
                if feed.may_begin(begun.iter()) {
                    begun.push(feed.clone());
                }
            }
            assert!(!begun.is_empty() && begun.len() <= PULLS_AT_ONCE);
            assert!(begun.iter().all(|feed| !feed.may_begin(begun.iter())), "none twice at once");
            let most = |of: &dyn Fn(&UnderWay) -> String| {
                let mut counts = HashMap::new();
                begun.iter().for_each(|feed| *counts.entry(of(feed)).or_insert(0) += 1);
                counts.into_values().max()
            };
            assert!(most(&|feed| feed.host.clone()) <= Some(PULLS_OF_HOST));
            assert!(most(&|feed| feed.partner.to_string()) <= Some(PULLS_OF_PARTNER));
            waiting.retain(|feed| !begun.contains(feed));
            rounds.push(begun.len());
        }
        assert_eq!(rounds.iter().sum::<usize>(), due.len(), "each once");
        assert_eq!(rounds[0], PULLS_OF_PARTNER + PULLS_OF_HOST);
    }
}
