//! Faults and facts of the HTTP face.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{Request, World, a_trial, eventually, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a trial becomes a baseline and a reload", the_way),
        trial("errors are problem details", problems),
        trial("probes do not touch real baselines", apart),
        trial("ranks are dense, the ten best are kept", ranks),
        trial("F11 completed without metrics", f11),
        trial("F34 background trials answered 500", f34),
        trial("F41 stale cache", f41),
        trial("D07 bad input is answered 422", d07),
    ]
}

async fn the_way(world: &World) -> Result<()> {
    let trial = world.submit(&[]).await?;
    let job = world.ended(&trial).await?;
    ensure!(job["status"] == "completed", "{job}");
    ensure!(
        job["result"]["metrics"]["mean_reward"].as_f64() > Some(150.0),
        "{job}"
    );
    eventually("the result is no baseline", || async {
        Ok((best(world).await?["trial_id"] == trial.as_str()).then_some(()))
    })
    .await?;
    let hash = best(world).await?["parameter_hash"].clone();
    for replica in ["EVAL_0_URL", "EVAL_1_URL"] {
        eventually("a replica did not reload", || async {
            let status = Request::to(replica, Method::GET, "/v1/agents/dqn/status").synthetic();
            Ok((world.ask(status).await?.1["parameter_hash"] == hash).then_some(()))
        })
        .await?;
    }
    let delete = || Request::to("ORCH_URL", Method::DELETE, format!("/v1/trials/{trial}"));
    ensure!(world.ask(delete()).await?.0 == StatusCode::NO_CONTENT);
    ensure!(world.ask(delete()).await?.0 == StatusCode::NOT_FOUND);
    Ok(())
}

async fn problems(world: &World) -> Result<()> {
    for (change, says) in [
        (json!({"agent_type": "sarsa"}), "unknown agent_type"),
        (
            json!({"environment": "Pendulum-v1"}),
            "dqn cannot play Pendulum-v1",
        ),
        (json!({"num_episodes": 0}), "num_episodes must lie in"),
        (
            json!({"hyperparameters": {"learning_rate": -1}}),
            "learning_rate must lie in",
        ),
        (
            json!({"hyperparameters": {"lr": 0.1}}),
            "unknown field `lr`",
        ),
    ] {
        let mut body = a_trial();
        for (name, value) in change.as_object().context("an object")? {
            body[name] = value.clone();
        }
        let request = Request::to("ORCH_URL", Method::POST, "/v1/trials").body(body);
        let (status, problem) = world.ask(request).await?;
        ensure!(
            status == StatusCode::UNPROCESSABLE_ENTITY,
            "{status} for {change}"
        );
        let detail = problem["detail"].as_str().context("no detail")?;
        ensure!(detail.contains(says), "{detail}");
        ensure!(
            problem["status"] == 422 && problem["trace_id"].is_string(),
            "{problem}"
        );
    }
    Ok(())
}

async fn apart(world: &World) -> Result<()> {
    let real = || {
        Request::to(
            "ORCH_URL",
            Method::GET,
            "/v1/baselines/dqn/CartPole-v1/rank/1",
        )
    };
    let before = eventually("no real baseline", || async {
        let (status, body) = world.ask(real()).await?;
        Ok((status == StatusCode::OK).then_some(body))
    })
    .await?;
    let written = write_baseline(world, 1e6).await?;
    ensure!(
        written["rank"] == 1 && written["is_new_best"] == true,
        "{written}"
    );
    ensure!(best(world).await?["mean_reward"] == 1e6);
    let (_, after) = world.ask(real()).await?;
    ensure!(after["mean_reward"] == before["mean_reward"], "{after}");
    let labels = ["POST", "/v1/baselines\"", "synthetic=\"true\""];
    ensure!(
        world
            .sum("ORCH_URL", "http_requests_total", &labels)
            .await?
            >= 1.0
    );
    Ok(())
}

/// Writers at the same time, negative rewards, equal ones: the newest of equals comes first.
async fn ranks(world: &World) -> Result<()> {
    let write = async |mean_reward: f64| {
        let body = json!({
            "agent_type": "ddpg",
            "environment": "Pendulum-v1",
            "mean_reward": mean_reward,
        });
        let request = Request::to("ORCH_URL", Method::POST, "/v1/baselines").synthetic();
        world.ask(request.body(body)).await
    };
    let rewards = (0..14).map(|n| -100.0 - f64::from(n));
    for (status, _) in futures_util::future::try_join_all(rewards.map(write)).await? {
        ensure!(
            matches!(status, StatusCode::CREATED | StatusCode::CONFLICT),
            "{status}"
        );
    }
    let (status, new) = write(-105.0).await?;
    ensure!(status == StatusCode::CREATED && new["rank"] == 6, "{new}");
    ensure!(write(-200.0).await?.0 == StatusCode::CONFLICT);

    let list = Request::to("EVAL_0_URL", Method::GET, "/v1/baselines/ddpg?top_n=10").synthetic();
    let (_, list) = world.ask(list).await?;
    let list = list["baselines"].as_array().context("a list")?;
    let ranks: Vec<_> = list.iter().filter_map(|one| one["rank"].as_i64()).collect();
    ensure!(ranks == Vec::from_iter(1..=10), "{ranks:?}");
    let rewards: Vec<_> = list
        .iter()
        .filter_map(|one| one["mean_reward"].as_f64())
        .collect();
    let best = [
        100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 105.0, 106.0, 107.0, 108.0,
    ];
    ensure!(rewards == best.map(|reward: f64| -reward), "{rewards:?}");
    ensure!(list[5]["id"] == new["baseline_id"], "{list:?}");

    let path = "/v1/baselines/ddpg/Pendulum-v1/history";
    let (_, past) = world
        .ask(Request::to("ORCH_URL", Method::GET, path).synthetic())
        .await?;
    let past = past["history"].as_array().context("a history")?;
    let versions: Vec<_> = past
        .iter()
        .filter_map(|one| one["version"].as_i64())
        .collect();
    let expected: Vec<_> = (1..=i64::try_from(past.len())?).rev().collect();
    ensure!(versions == expected && versions.len() >= 11, "{versions:?}");
    Ok(())
}

async fn f11(world: &World) -> Result<()> {
    let trial = world.submit(&[]).await?;
    world.fault("F11", json!({})).await?;
    let job = world.ended(&trial).await?;
    ensure!(
        job["status"] == "completed" && job["result"]["metrics"].is_null(),
        "{job}"
    );
    world.heal("F11").await?;
    let job = world.ended(&trial).await?;
    ensure!(job["result"]["metrics"]["mean_reward"].is_number(), "{job}");
    Ok(())
}

async fn f34(world: &World) -> Result<()> {
    let failed = || {
        world.sum(
            "AUTOML_URL",
            "tars_automl_trials_total",
            &["status=\"failed\""],
        )
    };
    let before = failed().await?;
    world.fault("F34", json!({"share": 0.5})).await?;
    eventually("no background trial failed", || async {
        Ok((failed().await? >= before + 2.0).then_some(()))
    })
    .await?;
    for _ in 0..5 {
        world.submit(&[]).await.context("a probe's trial is hit")?;
    }
    world.heal("F34").await?;
    let submit = || Request::to("ORCH_URL", Method::POST, "/v1/trials").body(a_trial());
    for _ in 0..10 {
        ensure!(world.ask(submit()).await?.0 == StatusCode::ACCEPTED);
    }
    Ok(())
}

async fn f41(world: &World) -> Result<()> {
    best(world).await?;
    world.fault("F41", json!({})).await?;
    let old = best(world).await?;
    let new = write_baseline(world, 2e6).await?;
    let read = best(world).await?;
    ensure!(
        read["id"] == old["id"] && read["id"] != new["baseline_id"],
        "{read}"
    );
    world.heal("F41").await?;
    let new = write_baseline(world, 3e6).await?;
    let read = best(world).await?;
    ensure!(read["id"] == new["baseline_id"], "{read}");
    Ok(())
}

async fn d07(world: &World) -> Result<()> {
    let labels = [
        "POST",
        "/v1/trials\"",
        "status=\"422\"",
        "synthetic=\"false\"",
    ];
    let refused = || world.sum("ORCH_URL", "http_requests_total", &labels);
    let before = refused().await?;
    let decoy = Request::to("CONTROL_URL", Method::PUT, "/decoys/D07");
    ensure!(
        world
            .ask(decoy.body(json!({"ttl": "30s"})))
            .await?
            .0
            .is_success()
    );
    eventually("no bad input", || async {
        Ok((refused().await? > before).then_some(()))
    })
    .await?;
    let off = Request::to("CONTROL_URL", Method::DELETE, "/decoys/D07");
    ensure!(world.ask(off).await?.0.is_success());
    Ok(())
}

/// The best baseline that probes see; null without any.
async fn best(world: &World) -> Result<Value> {
    let path = "/v1/baselines/dqn/CartPole-v1/rank/1";
    let request = Request::to("ORCH_URL", Method::GET, path).synthetic();
    Ok(world.ask(request).await?.1)
}

async fn write_baseline(world: &World, mean_reward: f64) -> Result<Value> {
    let body = json!({
        "agent_type": "dqn",
        "environment": "CartPole-v1",
        "mean_reward": mean_reward,
        "hyperparameters": {"run": "r-1", "gamma": 0.99},
    });
    let request = Request::to("ORCH_URL", Method::POST, "/v1/baselines").synthetic();
    let (status, answer) = world.ask(request.body(body)).await?;
    ensure!(status == StatusCode::CREATED, "{status}: {answer}");
    Ok(answer)
}
