//! Waiting until something is ready: by asking it, not by guessing how long it takes.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Error, Launch};

const DEADLINE: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_millis(50);

/// Waits until a condition holds; at the deadline says what the program's log ends with.
pub(crate) async fn wait_until<R>(
    what: &str,
    launch: &Launch,
    mut holds: impl FnMut() -> R,
) -> Result<(), Error>
where
    R: Future<Output = bool>,
{
    let started = Instant::now();
    while !holds().await {
        if started.elapsed() > DEADLINE {
            return Err(Error::NotReady {
                what: what.to_owned(),
                seconds: DEADLINE.as_secs(),
                log: launch.log.clone(),
                tail: launch.log_tail(),
            });
        }
        sleep(AGAIN).await;
    }
    Ok(())
}

/// Waits until a URL answers 200.
///
/// # Errors
/// When it does not within a minute.
pub async fn wait_for_http(what: &str, launch: &Launch, url: &str) -> Result<(), Error> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(2))
        .no_proxy()
        .build()
        .map_err(|error| Error::Failed {
            program: "HTTP client".to_owned(),
            says: error.to_string(),
        })?;
    wait_until(what, launch, || async {
        let answer = client.get(url).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    })
    .await
}
