//! Jobs and CronJobs.

use serde_json::{Value, json};

use super::World;
use crate::api::Kind;

fn job(spec: &str, policy: &str, script: &str) -> String {
    format!(
        "{{apiVersion: batch/v1, kind: Job, metadata: {{name: calcul}}, spec: {{{spec} template: {{spec: {{restartPolicy: \
         {policy}, containers: [{{name: c, image: \"busybox:1.36\", command: [sh, -c, \"{script}\"]}}]}}}}}}}}"
    )
}

fn conditions(job: &Value) -> Vec<String> {
    let conditions = job["status"]["conditions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let shown = |condition: &Value| {
        let text = |field: &str| condition[field].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("type"), text("reason"))
    };
    conditions.iter().map(shown).collect()
}

/// Spec, restart policy, script, seconds, the last condition, Pods that succeeded and failed.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    u64,
    &'static str,
    (i64, i64),
);

const CASES: &[Case] = &[
    (
        "completions: 4, parallelism: 2,",
        "Never",
        "exit 0",
        30,
        "Complete CompletionsReached",
        (4, 0),
    ),
    (
        "backoffLimit: 0,",
        "Never",
        "exit 3",
        30,
        "Failed BackoffLimitExceeded",
        (0, 1),
    ),
    (
        "backoffLimit: 1,",
        "Never",
        "exit 3",
        60,
        "Failed BackoffLimitExceeded",
        (0, 2),
    ),
    (
        "backoffLimit: 0,",
        "OnFailure",
        "exit 3",
        60,
        "Failed BackoffLimitExceeded",
        (0, 1),
    ),
    (
        "activeDeadlineSeconds: 5,",
        "Never",
        "sleep 600",
        60,
        "Failed DeadlineExceeded",
        (0, 1),
    ),
    (
        "completions: 3, completionMode: Indexed,",
        "Never",
        "test $JOB_COMPLETION_INDEX -lt 5",
        60,
        "Complete CompletionsReached",
        (3, 0),
    ),
    (
        "completions: 3, parallelism: 3, completionMode: Indexed, successPolicy: {rules: [{succeededIndexes: \\\"0\\\"}]},",
        "Never",
        "test $JOB_COMPLETION_INDEX -gt 0 && sleep 600 || exit 0",
        60,
        "Complete SuccessPolicy",
        (1, 0),
    ),
    (
        "backoffLimit: 6, podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}]},",
        "Never",
        "exit 42",
        30,
        "Failed PodFailurePolicy",
        (0, 1),
    ),
];

#[test]
fn jobs_end_as_their_pods_do() {
    for &(spec, policy, script, secs, end, (succeeded, failed)) in CASES {
        let mut world = World::new();
        world.create(&job(&spec.replace('\\', ""), policy, script));
        world.run(secs);
        let found = world.get(Kind::Job, "calcul");
        let status = &found["status"];
        assert_eq!(
            conditions(&found).last().map(String::as_str),
            Some(end),
            "{spec} {script}: {status:#}"
        );
        let count = |field: &str| status[field].as_i64().unwrap_or(0);
        assert_eq!(
            (count("succeeded"), count("failed")),
            (succeeded, failed),
            "{spec} {script}: {status:#}"
        );
        assert_eq!(count("active"), 0, "{spec}");
        // Nothing waits to be counted any more.
        assert!(
            world
                .pods("/metadata/finalizers")
                .iter()
                .all(|(_, kept)| kept == "null"),
            "{spec}"
        );
        assert_eq!(status["uncountedTerminatedPods"], json!({}), "{spec}");
    }
}

#[test]
fn a_suspended_job_has_no_pods_until_it_is_resumed() {
    let mut world = World::new();
    world.create(&job("suspend: true,", "Never", "exit 0"));
    world.run(5);
    assert!(world.names(Kind::Pod).is_empty());
    assert_eq!(
        conditions(&world.get(Kind::Job, "calcul")),
        ["Suspended JobSuspended"]
    );
    world.patch(Kind::Job, "calcul", json!({"spec": {"suspend": false}}));
    world.run(20);
    let found = world.get(Kind::Job, "calcul");
    assert_eq!(
        conditions(&found),
        [
            "Suspended JobResumed",
            "SuccessCriteriaMet CompletionsReached",
            "Complete CompletionsReached"
        ]
    );
}

#[test]
fn an_ended_job_is_deleted_after_its_time() {
    let mut world = World::new();
    world.create(&job("ttlSecondsAfterFinished: 20,", "Never", "exit 0"));
    world.run(15);
    assert_eq!(world.names(Kind::Job), ["calcul"]);
    world.run(40);
    assert!(world.names(Kind::Job).is_empty());
    assert!(world.names(Kind::Pod).is_empty());
}

#[test]
fn cron_jobs_start_jobs_and_clear_the_old_away() {
    let cron = |policy: &str, script: &str| {
        format!(
            "{{apiVersion: batch/v1, kind: CronJob, metadata: {{name: tic}}, spec: {{schedule: \"*/1 * * * *\", \
             concurrencyPolicy: {policy}, jobTemplate: {{spec: {{template: {{spec: {{restartPolicy: Never, containers: \
             [{{name: c, image: \"busybox:1.36\", command: [sh, -c, \"{script}\"]}}]}}}}}}}}}}}}"
        )
    };
    // Policy, script, Jobs after five and a half minutes, those still active.
    for (policy, script, jobs, active) in [
        ("Allow", "exit 0", 3, 0),
        ("Forbid", "sleep 9000", 1, 1),
        ("Replace", "sleep 9000", 1, 1),
        ("Allow", "sleep 9000", 5, 5),
    ] {
        let mut world = World::new();
        world.create(&cron(policy, script));
        world.run(330);
        let status = world.get(Kind::CronJob, "tic")["status"].clone();
        let found = status["active"].as_array().map_or(0, Vec::len);
        assert_eq!(
            world.names(Kind::Job).len(),
            jobs,
            "{policy} {script}: {status:#}"
        );
        assert_eq!(found, active, "{policy} {script}: {status:#}");
    }
}
