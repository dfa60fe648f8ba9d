//! Faults of the evaluators.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use serde_json::json;

use crate::world::{World, trial};

const METRIC: &str = "tars_eval_duration_seconds";
const RENAMED: &str = "tars_eval_evaluation_duration_seconds";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("F01 slow evaluations", f01),
        trial("F09 failing evaluations", f09),
        trial("F17 renamed metric", f17),
    ]
}

async fn f01(world: &World) -> Result<()> {
    world.fault("F01", json!({"seconds": 3})).await?;
    let before = slow(world).await?;
    let trial = world.submit(&[]).await?;
    let job = world.ended(&trial).await?;
    ensure!(job["duration_seconds"].as_f64() > Some(2.9), "{job}");
    ensure!(
        slow(world).await? > before,
        "the histogram does not show it"
    );
    world.heal("F01").await?;
    let trial = world.submit(&[]).await?;
    let job = world.ended(&trial).await?;
    ensure!(job["duration_seconds"].as_f64() < Some(2.0), "{job}");
    Ok(())
}

/// Evaluations of more than 1.5 s.
async fn slow(world: &World) -> Result<f64> {
    let mut n_slow = 0.0;
    for replica in ["EVAL_0_URL", "EVAL_1_URL"] {
        let bucket = format!("{METRIC}_bucket");
        n_slow += world.sum(replica, &format!("{METRIC}_count"), &[]).await?;
        n_slow -= world.sum(replica, &bucket, &["le=\"1.5\""]).await?;
    }
    Ok(n_slow)
}

async fn f09(world: &World) -> Result<()> {
    let before = failed(world).await?;
    world.fault("F09", json!({})).await?;
    let n_failed = n_failing(world, 32).await?;
    ensure!((1..24).contains(&n_failed), "{n_failed} of 32 failed");
    ensure!(failed(world).await? >= before + n_failed as f64);
    world.heal("F09").await?;
    ensure!(n_failing(world, 12).await? == 0);
    Ok(())
}

/// How many of so many trials fail.
async fn n_failing(world: &World, n_trials: usize) -> Result<usize> {
    let mut trials = Vec::new();
    for _ in 0..n_trials {
        trials.push(world.submit(&[]).await?);
    }
    let mut n_failed = 0;
    for trial in trials {
        let job = world.ended(&trial).await?;
        if job["status"] == "failed" {
            ensure!(job["result"].is_null() && job["error"].is_string(), "{job}");
            n_failed += 1;
        }
    }
    Ok(n_failed)
}

async fn failed(world: &World) -> Result<f64> {
    let mut n_failed = 0.0;
    for replica in ["EVAL_0_URL", "EVAL_1_URL"] {
        let labels = ["status=\"failed\"", "synthetic=\"true\""];
        n_failed += world
            .sum(replica, "tars_eval_evaluations_total", &labels)
            .await?;
    }
    Ok(n_failed)
}

async fn f17(world: &World) -> Result<()> {
    world.fault("F17", json!({"instance": "eval-1"})).await?;
    ensure!(exports(world, "EVAL_0_URL").await? == (true, false));
    ensure!(exports(world, "EVAL_1_URL").await? == (false, true));
    world.fault("F17", json!({})).await.context("on both")?;
    ensure!(exports(world, "EVAL_0_URL").await? == (false, true));
    world.heal("F17").await?;
    ensure!(exports(world, "EVAL_1_URL").await? == (true, false));
    Ok(())
}

/// Whether a replica exports the metric under its name, and under the other.
async fn exports(world: &World, replica: &str) -> Result<(bool, bool)> {
    let text = world.metrics(replica).await?;
    let has = |name: &str| text.contains(&format!("{name}_bucket{{"));
    Ok((has(METRIC), has(RENAMED)))
}
