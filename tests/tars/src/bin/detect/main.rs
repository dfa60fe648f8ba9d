//! The grader: switches each fault on and off again and tells what the verifier under test noticed, in what time, and
//! whether it named the right thing. It knows faults; the verifier and its documents do not.

mod catalogue;
mod grade;
mod stand;
mod table;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;

use grade::{Grade, healthy, one_fault};
use stand::Stand;

/// Grades the verifier against the reference system with its faults.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only these faults, such as `F31,F4*`; `none` for decoys alone.
    #[arg(long)]
    only: Option<String>,
    /// How long the healthy time with decoys lasts, in seconds; 0 leaves it out.
    #[arg(long, default_value_t = 600)]
    healthy: u64,
    /// The documents of the verifier.
    #[arg(long, default_value = ".")]
    documents: PathBuf,
    /// Where the verifier's page is, when both are running already.
    #[arg(long, requires = "control")]
    status: Option<String>,
    /// Where the fault API is, when both are running already.
    #[arg(long)]
    control: Option<String>,
    /// Writes the grades as JSON, too.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let stand = match (&arguments.status, &arguments.control) {
        (Some(status), Some(control)) => Stand::running(status, control),
        _ => Stand::start(&arguments.documents).await?,
    };
    let graded = run(&arguments, &stand).await;
    let stopped = stand.stop().await;
    let failed = graded?;
    stopped?;
    if failed > 0 {
        bail!("{failed} rows are not as they should be");
    }
    Ok(())
}

async fn run(arguments: &Arguments, stand: &Stand) -> Result<usize> {
    let mut grades: Vec<Grade> = Vec::new();
    table::head();
    for fault in catalogue::chosen(arguments.only.as_deref()) {
        let grade = one_fault(stand, fault)
            .await
            .with_context(|| format!("grading {}", fault.id))?;
        table::row(&grade);
        grades.push(grade);
    }
    let mut n_failed = grades.iter().filter(|grade| !grade.is_good()).count();
    let false_alarms = match arguments.healthy {
        0 => None,
        seconds => Some(healthy(stand, Duration::from_secs(seconds)).await?),
    };
    table::summary(&grades, false_alarms.as_deref());
    n_failed += false_alarms.as_ref().map_or(0, Vec::len);
    if let Some(path) = &arguments.json {
        let report = serde_json::json!({
            "commit": stand::commit(),
            "faults": grades,
            "false_alarms": false_alarms,
        });
        std::fs::write(path, serde_json::to_vec_pretty(&report)?)
            .with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(n_failed)
}
