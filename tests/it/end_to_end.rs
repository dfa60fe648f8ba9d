//! One fault and one decoy through everything: the reference system, its peers, the daemon and the grader.

use std::process::{Command, Stdio};

use anyhow::{bail, ensure};
use libtest_mimic::Trial;
use tars::peers::Tools;

use crate::harness::{Result, binary, printed, root, test};

pub(crate) fn tests() -> Vec<Trial> {
    vec![test(
        "end_to_end::a_fault_turns_red_and_green_and_a_decoy_does_not",
        a_fault_and_a_decoy,
    )]
}

async fn a_fault_and_a_decoy() -> Result {
    // Without Jaeger there is no trace to lose.
    Tools::find().jaeger()?;
    let grader = binary().with_file_name("detect");
    if !grader.exists() {
        bail!(
            "{} is not built; run `cargo build --workspace --bins`",
            grader.display()
        );
    }
    let output = Command::new(grader)
        .args(["--only", "F31", "--healthy", "60", "--documents", "."])
        .current_dir(root())
        .stdin(Stdio::null())
        .output()?;
    let text = printed(&output);
    ensure!(output.status.success(), "{text}");
    ensure!(
        text.contains("1 of 1 faults detected") && text.contains("0 false alarms"),
        "{text}"
    );
    Ok(())
}
