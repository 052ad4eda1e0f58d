//! Reading the queue page by page while others work on it.

use super::super::testing::{World, assessment, insert_listing};
use crate::store::{QueueOrder, QueuePart, QueueQuery, QueueRow};

const ORDERS: [QueueOrder; 3] = [QueueOrder::Urgency, QueueOrder::Probability, QueueOrder::Raised];

impl World {
    /// Eight open reports, among them equals.
    fn with_a_queue() -> Self {
        let world = Self::new();
        let (partner, item, theft) = (world.partner, world.item, world.theft);
        world.change(move |tx| {
            for (n, probability) in [0.95, 0.91, 0.95, 0.99, 0.95, 0.91, 0.1 + 0.2, 0.7].into_iter().enumerate() {
                let listing = insert_listing(tx, partner, &format!("B-{n}"))?;
                tx.raise_report(item, listing, theft, &assessment(probability))?;
            }
            Ok(())
        });
        world
    }

    async fn page(&self, order: QueueOrder, part: QueuePart, limit: usize) -> Vec<QueueRow> {
        let query = QueueQuery {
            state: Some("open".to_owned()),
            order,
            part,
            limit,
            ..QueueQuery::default()
        };
        self.casework.queue(&self.as_officer(), query).await.unwrap()
    }
}

fn numbers(rows: &[QueueRow]) -> Vec<u64> {
    rows.iter().map(|row| row.report.number).collect()
}

#[tokio::test]
async fn pages_are_cut_from_one_order_and_turn_both_ways() {
    let world = World::with_a_queue();
    for order in ORDERS {
        let whole = numbers(&world.page(order, QueuePart::Start, 100).await);
        assert_eq!(whole.len(), 8);
        for a_page in 1..=4 {
            let (mut seen, mut part) = (Vec::new(), QueuePart::Start);
            loop {
                let rows = world.page(order, part, a_page).await;
                let Some(last) = rows.last() else { break };
                part = QueuePart::After(last.place);
                let before = world.page(order, QueuePart::Before(rows[0].place), a_page).await;
                assert_eq!(
                    numbers(&before),
                    seen[seen.len().saturating_sub(a_page)..],
                    "{order:?} by {a_page}"
                );
                seen.extend(numbers(&rows));
            }
            assert_eq!(seen, whole, "{order:?} by {a_page}");
        }
    }
}

#[tokio::test]
async fn a_report_that_is_taken_between_two_pages_hides_no_other() {
    for order in ORDERS {
        let world = World::with_a_queue();
        let whole = numbers(&world.page(order, QueuePart::Start, 100).await);
        let first = world.page(order, QueuePart::Start, 4).await;
        // Also the one at which the next page begins.
        for row in [&first[1], &first[3]] {
            world.casework.take_report(&world.as_officer(), row.report.id).await.unwrap();
        }
        let second = world.page(order, QueuePart::After(first[3].place), 100).await;
        assert_eq!(numbers(&second), whole[4..], "{order:?}");
    }
}

#[tokio::test]
async fn a_place_counts_in_its_own_order_only() {
    let world = World::with_a_queue();
    let place = world.page(QueueOrder::Raised, QueuePart::Start, 1).await[0].place;
    let of_another = world.page(QueueOrder::Probability, QueuePart::After(place), 100).await;
    assert!(of_another.is_empty());
}
