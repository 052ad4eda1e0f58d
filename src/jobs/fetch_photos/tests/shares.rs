//! Who gets a turn when: partners beside each other, and photos that several listings name.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::domain::partner::Slug;

/// Answers everything with a picture under a tag, or with 304 to whoever knows the tag; counts both.
fn serve_tagged(counts: Arc<[AtomicUsize; 2]>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> = lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            let known = head.iter().any(|line| line.eq_ignore_ascii_case("if-none-match: \"v1\""));
            counts[usize::from(known)].fetch_add(1, Ordering::SeqCst);
            let (status, body) = if known {
                ("304 Not Modified", Vec::new())
            } else {
                ("200 OK", picture())
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nETag: \"v1\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).ok();
        }
    });
    address
}

impl World {
    /// A second partner under a letter.
    async fn other_partner(&self) -> PartnerId {
        let now = self.clock.now();
        let partner = Partner {
            id: PartnerId::generate(now),
            slug: "skagen".parse::<Slug>().unwrap(),
            name: "Skagen".to_owned(),
            ..samples::nordlys(now)
        };
        let letter = samples::letter(partner.id, now - TimeDelta::days(1), now + TimeDelta::days(30));
        let id = partner.id;
        let act = Act::new(Actor::CommandLine, Action::PartnerChanged, SubjectKind::Partner.with(id.0));
        let entered = self.store.act(act, move |tx| {
            tx.insert_partner(&partner)?;
            tx.insert_letter(&letter)
        });
        entered.await.unwrap();
        id
    }

    fn held_of(&self, partner: PartnerId, reference: &str) -> usize {
        let listing = self
            .store
            .read_blocking(|reader| reader.listing_by_reference(partner, reference));
        let photos = listing.unwrap().unwrap().photos.into_iter();
        photos.filter(|photo| matches!(photo.state, PhotoState::Held { .. })).count()
    }

    fn queues_to(&self, exempt: &[SocketAddr]) -> Queues {
        let options = FetchOptions {
            exempt: exempt.iter().map(|address| address.to_string().parse().unwrap()).collect(),
            ..FetchOptions::default()
        };
        Queues::new(self.store.clone(), self.intake.clone(), GuardedFetcher::new(options).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_slow_hosts_of_one_partner_leave_places_to_the_others() {
    let world = world(&[]).await;
    let other = world.other_partner().await;
    let slow: Vec<SocketAddr> = (20..32).map(|n| serve(&format!("127.0.0.{n}"))).collect();
    let photos: Vec<_> = slow.iter().map(|host| (format!("http://{host}/never"), None)).collect();
    world.offer(&photos).await;
    world.offer_of(other, "B-1", &[(world.url("/photo"), None)]).await;
    let mut queues = world.queues_to(&[slow.as_slice(), &[world.server]].concat());
    queues.start().await.unwrap();
    assert_eq!(queues.under_way(), HOSTS_OF_PARTNER + 1);
    queues.ended().await;
    assert_eq!((world.held_of(other, "B-1"), queues.under_way()), (1, HOSTS_OF_PARTNER));
    let hosts = world.store.read_blocking(|reader| reader.photo_hosts(world.partner)).unwrap();
    assert_eq!((hosts.len(), hosts[0].waiting, hosts[0].tries), (12, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn partners_take_turns_at_one_host() {
    let world = world(&[]).await;
    let other = world.other_partner().await;
    let photos: Vec<_> = (0..40).map(|n| (world.url(&format!("/photo?{n}")), None)).collect();
    world.offer(&photos).await;
    world.clock.advance(TimeDelta::minutes(1));
    world
        .offer_of(other, "B-1", &[(world.url("/second"), None), (world.url("/gone"), None)])
        .await;
    let mut queues = world.queues();
    for (first, second) in [(PHOTOS_A_TURN, 0), (PHOTOS_A_TURN, 1), (40, 1)] {
        queues.start().await.unwrap();
        assert_eq!(queues.under_way(), 1, "one lane of a host at a time");
        queues.ended().await;
        assert_eq!(
            (world.held_of(world.partner, "A-1"), world.held_of(other, "B-1")),
            (first, second)
        );
    }
    let hosts = world.store.read_blocking(|reader| reader.photo_hosts(other)).unwrap();
    assert_eq!((hosts.len(), hosts[0].host.as_str()), (1, "127.0.0.1"));
    assert_eq!((hosts[0].tries, hosts[0].failures, hosts[0].waiting), (2, 1, 0));
    assert!(hosts[0].fault.as_deref().unwrap().contains("404") && hosts[0].fault_at.is_some());
    world.clock.advance(TimeDelta::days(9));
    world.offer_of(other, "B-2", &[(world.url("/second?again"), None)]).await;
    world.round().await;
    let hosts = world.store.read_blocking(|reader| reader.photo_hosts(other)).unwrap();
    assert_eq!((hosts[0].tries, hosts[0].failures), (1, 0), "a week is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_several_listings_name_is_fetched_once() {
    let world = world(&[]).await;
    let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let server = serve_tagged(Arc::clone(&counts));
    let counted = || [&counts[0], &counts[1]].map(|count| count.load(Ordering::SeqCst));
    let photo = [(format!("http://{server}/1.jpg"), None)];
    let mut queues = world.queues_to(&[server]);
    let mut fetch = async |partner: PartnerId, reference: &'static str| {
        world.offer_of(partner, reference, &photo).await;
        queues.start().await.unwrap();
        while queues.under_way() > 0 {
            queues.ended().await;
        }
        world.held_of(partner, reference)
    };
    assert_eq!((fetch(world.partner, "A-1").await, counted()), (1, [1, 0]));
    // A moment later nobody is asked.
    assert_eq!((fetch(world.partner, "A-2").await, counted()), (1, [1, 0]));
    // Another partner's word for it is another one.
    let other = world.other_partner().await;
    assert_eq!((fetch(other, "B-1").await, counted()), (1, [2, 0]));
    // Later the server is asked whether it is the same still.
    world.clock.advance(TimeDelta::minutes(11));
    assert_eq!((fetch(world.partner, "A-3").await, counted()), (1, [2, 1]));
    assert_eq!((fetch(world.partner, "A-4").await, counted()), (1, [2, 1]));
    world.clock.advance(TimeDelta::days(8));
    assert_eq!(
        (fetch(other, "B-2").await, counted()),
        (1, [2, 2]),
        "until something is fetched, what is known is known"
    );
    assert_eq!(
        (fetch(world.partner, "A-5").await, counted()),
        (1, [3, 2]),
        "a week later it is forgotten"
    );
    assert_eq!(world.waiting(), 0);
}
