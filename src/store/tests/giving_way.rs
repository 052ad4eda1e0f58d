//! Work that gives way to what somebody waits for, and has its turn all the same.
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn work_that_gives_way_hears_of_who_waits_and_shares_the_commit() {
    let (_directory, store) = open();
    let (begun, has_begun) = std::sync::mpsc::channel();
    let long = store.clone();
    let long = tokio::spawn(async move {
        let work = move |tx: &mut Tx<'_>| {
            begun.send(()).unwrap();
            let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
            while !tx.others_wait() && std::time::Instant::now() < until {
                std::thread::yield_now();
            }
            Ok::<_, StoreError>((tx.others_wait(), vec![act(Action::FeedChanged)]))
        };
        long.act_giving_way(work).await.unwrap()
    });
    tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
    let commits = *store.commits().borrow();
    enter(&store, account(&store, "mette@owners.example")).unwrap();
    assert!(long.await.unwrap(), "it was told while it worked");
    assert_eq!(*store.commits().borrow(), commits + 1, "both in one commit");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_waits_is_kept_by_what_gives_way() {
    let (_directory, store) = open();
    let (holds, is_held) = std::sync::mpsc::channel::<()>();
    let (begun, has_begun) = std::sync::mpsc::channel();
    let first = store.clone();
    let first = tokio::spawn(async move {
        let work = move |_: &mut Tx<'_>| {
            begun.send(()).unwrap();
            is_held.recv().unwrap();
            Ok::<_, StoreError>(((), vec![act(Action::FeedChanged)]))
        };
        first.act_with(work).await.unwrap();
    });
    tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
    let commits = store.commits();
    let before = *commits.borrow();
    // While the writer is held, both come to wait.
    let gives_way = store.act_giving_way(move |_| Ok::<_, StoreError>((*commits.borrow(), vec![act(Action::FeedChanged)])));
    let prompt = store.act_with(|_| Ok::<_, StoreError>(((), vec![act(Action::FeedChanged)])));
    let release = async move { holds.send(()).unwrap() };
    let (done_after, prompt, ()) = tokio::join!(gives_way, prompt, release);
    prompt.unwrap();
    first.await.unwrap();
    assert_eq!(done_after.unwrap(), before + 2, "the others were answered first");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gives_way_has_its_turn_all_the_same() {
    let (_directory, store) = open();
    let many = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..100 {
                let prompt = store.act_with(|_| Ok::<_, StoreError>(((), vec![act(Action::FeedChanged)])));
                prompt.await.unwrap();
            }
        })
    });
    let many: Vec<_> = many.collect();
    let gives_way = store.act_giving_way(|_| Ok::<_, StoreError>(((), vec![act(Action::FeedChanged)])));
    gives_way.await.unwrap();
    assert!(many.iter().any(|one| !one.is_finished()), "it waited until nobody else did");
    for one in many {
        one.await.unwrap();
    }
}
