//! A machine is plain data: copied or saved at any moment, it goes on as if nothing had happened.

use std::time::Duration;

use super::{Machine, Outcome, TestHost, TestProcess, outcome, run, run_until, start};
use crate::sim::Time;

const LIMIT: Time = Time(3_600_000_000);

fn reload(machine: &Machine<TestProcess>) -> Machine<TestProcess> {
    let mut bytes = Vec::new();
    ciborium::into_writer(machine, &mut bytes).unwrap();
    ciborium::from_reader(bytes.as_slice()).unwrap()
}

/// Runs a script straight through, and again with a save and a copy at each of its wake-ups.
fn check(script: &str) {
    let straight = run(script);
    let (mut machine, mut host) = start(script).unwrap();
    let mut now = Time::ZERO;
    let mut stops = 0;
    loop {
        let wake = machine.run(&mut host, now);
        if machine.ended().is_some() {
            break;
        }
        let saved = reload(&machine);
        assert_eq!(saved, machine, "a saved machine differs");
        // A copy that runs to the end changes nothing for the one it was taken from.
        if stops % 7 == 0 {
            let (mut copy, mut files) = (machine.clone(), host.clone());
            let end = run_until(&mut copy, &mut files, now, LIMIT);
            let mut done = outcome(&mut copy, end);
            done.stdout = done.stdout.clone();
            assert_eq!(done, straight, "a fork went another way");
        }
        machine = saved;
        stops += 1;
        now = wake.at.unwrap().max(now);
        assert!(stops < 5_000, "it does not end");
    }
    assert_eq!(outcome(&mut machine, now), straight);
    assert!(stops > 0, "it never had to wait");
}

#[test]
fn a_sleep_survives_a_save() {
    check("echo avant; sleep 2; echo après $?");
}

#[test]
fn a_loop_survives_a_save() {
    check("i=0; while [ $i -lt 40 ]; do i=$((i+1)); x=\"$x$(echo $i) \"; sleep 0.1; done; echo $x");
}

#[test]
fn a_pipeline_survives_a_save() {
    check("tick 5 | while read n; do echo \"reçu $n\"; done | cat; echo ${PIPESTATUS[*]}");
}

#[test]
fn functions_heredocs_and_redirections_survive_a_save() {
    check(
        "f() { local v=$1; sleep 1; cat <<FIN\n$v $(sleep 1; echo dedans)\nFIN\n}; f un > fichier; f deux >> fichier; cat fichier",
    );
}

#[test]
fn a_background_job_survives_a_save() {
    check("(sleep 3; echo fond) & sleep 1; echo devant; wait; case $(sleep 1; echo a) in a) echo fin;; esac");
}

#[test]
fn sleeping_takes_virtual_time() {
    let Outcome { ended, .. } = run("sleep 90");
    assert!(
        ended >= Time::from_secs(90) && ended < Time::from_secs(91),
        "{ended:?}"
    );
}

#[test]
fn an_endless_loop_moves_the_clock() {
    for script in [
        "while true; do :; done",
        "yes > /dev/null",
        "yes | cat > /dev/null",
        "f() { while :; do :; done; }; f | cat",
    ] {
        let (mut machine, mut host) = start(script).unwrap();
        let mut now = Time::ZERO;
        let mut runs = 0;
        while now < Time::from_secs(2) {
            let wake = machine.run(&mut host, now);
            assert!(machine.ended().is_none());
            now = wake.at.unwrap();
            runs += 1;
        }
        assert!(runs < 50_000, "{script}: {runs} runs for two seconds");
    }
}

#[test]
fn an_interrupt_ends_the_foreground_only() {
    let mut shell = super::shell(crate::sh::Flavour::Bash, true);
    shell.name = "bash".to_owned();
    let mut machine: Machine<TestProcess> = Machine::new(shell, true);
    let mut host = TestHost::new();
    machine
        .submit("(sleep 5; echo fond) & x=1; f() { local x=2; { sleep 100 | cat; } > sortie; }; f")
        .unwrap();
    let now = run_until(&mut machine, &mut host, Time::ZERO, Time::from_secs(2));
    assert!(!machine.is_idle());
    machine.interrupt(&mut host, now);
    machine.run(&mut host, now);
    assert!(machine.is_idle());
    assert_eq!(machine.shell().unwrap().status, 130);
    assert_eq!(
        machine.shell().unwrap().variables.text("x"),
        Some("1"),
        "the function's local is gone"
    );
    let _ = machine.take_output();
    machine.submit("echo $? $x; wait; echo fini").unwrap();
    run_until(&mut machine, &mut host, now, Time::from_secs(60));
    let chunks = machine.take_output();
    assert_eq!(
        super::gather(&chunks, crate::sh::Stream::Stdout),
        "130 1\nfond\nfini\n"
    );
}

#[test]
fn a_script_that_is_interrupted_ends_with_130() {
    let (mut machine, mut host) = start("sleep 100; echo jamais").unwrap();
    let now = run_until(&mut machine, &mut host, Time::ZERO, Time::from_secs(2));
    machine.interrupt(&mut host, now);
    let end = run_until(&mut machine, &mut host, now, now + Duration::from_secs(1));
    assert_eq!(outcome(&mut machine, end).exit, 130);
}
