//! Sessions as a person has them.

use std::time::Duration;

use super::{Input, Laptop, Session, State, World, script, settle, shown, type_line};
use crate::kubectl::Client;
use crate::sim::Time;

fn open() -> (Session, Laptop, World) {
    (Session::new(), Laptop::new(), World::new())
}

#[test]
fn a_prompt_shows_where_one_is() {
    let (mut session, mut laptop, mut world) = open();
    assert_eq!(session.prompt(), "eleve@timonier:~$ ");
    assert_eq!(
        type_line(&mut session, "mkdir -p a/b; cd a/b; pwd", &mut laptop, &mut world),
        "/home/eleve/a/b\n"
    );
    assert_eq!(session.prompt(), "eleve@timonier:~/a/b$ ");
    assert_eq!(
        type_line(&mut session, "inconnu", &mut laptop, &mut world),
        "bash: inconnu: command not found\n"
    );
    assert!(matches!(session.state(), State::Ready { exit: 127, .. }));
}

#[test]
fn an_unfinished_line_asks_for_more() {
    let (mut session, mut laptop, mut world) = open();
    for line in ["cat <<FIN > f.yaml", "kind: Pod", "nom: $((1+1))"] {
        assert_eq!(type_line(&mut session, line, &mut laptop, &mut world), "");
        assert_eq!(session.state(), State::NeedMore);
        assert_eq!(session.prompt(), "> ");
    }
    type_line(&mut session, "FIN", &mut laptop, &mut world);
    assert_eq!(laptop.file("f.yaml").as_deref(), Some("kind: Pod\nnom: 2\n"));
    assert_eq!(laptop.history.len(), 1, "one command, over several lines");
    type_line(&mut session, "echo 'abc", &mut laptop, &mut world);
    session.input(Input::Interrupt, &mut laptop, &mut world);
    assert!(matches!(session.state(), State::Ready { exit: 130, .. }));
    assert_eq!(
        type_line(&mut session, "echo $?", &mut laptop, &mut world),
        "130\n"
    );
    assert_eq!(
        type_line(&mut session, "echo )", &mut laptop, &mut world),
        "bash: syntax error near unexpected token `)'\n"
    );
}

#[test]
fn a_command_takes_virtual_time_and_can_be_stopped() {
    let (mut session, mut laptop, mut world) = open();
    type_line(&mut session, "sleep 3", &mut laptop, &mut world);
    let State::Ready { exit: 0, took } = session.state() else {
        panic!("{:?}", session.state())
    };
    assert!(
        took >= Duration::from_secs(3) && took < Duration::from_millis(3_010),
        "{took:?}"
    );
    session.input(
        Input::Line("sleep 100; echo jamais".to_owned()),
        &mut laptop,
        &mut world,
    );
    settle(&mut session, &mut laptop, &mut world, Duration::from_secs(5));
    assert_eq!(session.state(), State::Running { reading: false });
    session.input(Input::Interrupt, &mut laptop, &mut world);
    assert!(matches!(session.state(), State::Ready { exit: 130, .. }));
    assert_eq!(shown(&mut session), "");
}

#[test]
fn a_command_reads_what_is_typed() {
    let (mut session, mut laptop, mut world) = open();
    session.input(
        Input::Line("cat > notes; wc -l notes".to_owned()),
        &mut laptop,
        &mut world,
    );
    settle(&mut session, &mut laptop, &mut world, Duration::from_secs(1));
    assert_eq!(session.state(), State::Running { reading: true });
    for line in ["un", "deux"] {
        session.input(Input::Line(line.to_owned()), &mut laptop, &mut world);
        settle(&mut session, &mut laptop, &mut world, Duration::from_secs(1));
    }
    session.input(Input::Eof, &mut laptop, &mut world);
    settle(&mut session, &mut laptop, &mut world, Duration::from_secs(1));
    assert_eq!(shown(&mut session), "2 notes\n");
    assert_eq!(laptop.file("notes").as_deref(), Some("un\ndeux\n"));
    assert_eq!(
        type_line(&mut session, "read -p 'nom ? ' n", &mut laptop, &mut world),
        "nom ? "
    );
    assert_eq!(type_line(&mut session, "Ada", &mut laptop, &mut world), "");
    assert_eq!(
        type_line(&mut session, "echo $n", &mut laptop, &mut world),
        "Ada\n"
    );
}

#[test]
fn watch_draws_again_and_again() {
    let (mut session, mut laptop, mut world) = open();
    session.input(
        Input::Line("watch -n 2 'date +%S; ls'".to_owned()),
        &mut laptop,
        &mut world,
    );
    settle(&mut session, &mut laptop, &mut world, Duration::from_secs(5));
    let screens = shown(&mut session);
    let starts: Vec<&str> = screens.split("\u{1b}[H\u{1b}[2J").skip(1).collect();
    assert_eq!(starts.len(), 3, "{screens:?}");
    assert!(starts[0].starts_with("Every 2.0s: date +%S; ls"), "{screens:?}");
    assert!(starts[0].contains("timonier: Mon Sep  7 08:00:0"), "{screens:?}");
    session.input(Input::Interrupt, &mut laptop, &mut world);
    assert!(matches!(session.state(), State::Ready { exit: 130, .. }));
}

#[test]
fn an_editor_opens_the_page_s_own() {
    let (mut session, mut laptop, mut world) = open();
    let text = type_line(&mut session, "nano pod.yaml", &mut laptop, &mut world);
    assert_eq!(text, "<open /home/eleve/pod.yaml>");
    assert_eq!(laptop.file("pod.yaml").as_deref(), Some(""));
}

#[test]
fn jobs_are_announced() {
    let (mut session, mut laptop, mut world) = open();
    let text = type_line(&mut session, "sleep 2 &", &mut laptop, &mut world);
    assert!(text.starts_with("[1] 12"), "{text}");
    assert_eq!(
        type_line(&mut session, "jobs", &mut laptop, &mut world),
        "[1]+  Running                 sleep 2 &\n"
    );
    assert_eq!(
        type_line(&mut session, "sleep 3", &mut laptop, &mut world),
        "[1]+  Done                    sleep 2\n"
    );
}

#[test]
fn kubectl_runs_with_its_alias_in_pipes_and_from_files() {
    let (mut session, mut laptop, mut world) = open();
    let before = world.now();
    let text = type_line(
        &mut session,
        "k version --client | head -n 1",
        &mut laptop,
        &mut world,
    );
    assert!(text.starts_with("Client Version: v1.36"), "{text}");
    let took = world.now().since(before);
    assert!(
        took > Duration::from_millis(20) && took < Duration::from_millis(200),
        "{took:?}"
    );
    assert_eq!(
        laptop
            .used
            .iter()
            .map(|used| used.argv[0].as_str())
            .collect::<Vec<_>>(),
        ["kubectl", "head"]
    );
    let create = "kubectl create configmap c --from-literal=a=1 --dry-run=client -o yaml > c.yaml; cat c.yaml | grep name:";
    assert_eq!(
        type_line(&mut session, create, &mut laptop, &mut world),
        "  name: c\n"
    );
    let (exit, _, stderr) = script("kubectl apply -f absent.yaml", &mut laptop, &mut world);
    assert_eq!(
        (exit, stderr.as_str()),
        (1, "error: the path \"absent.yaml\" does not exist\n")
    );
}

#[test]
fn a_full_laptop_says_so() {
    let mut laptop = Laptop::new();
    let (exit, _, stderr) = script("yes > plein", &mut laptop, &mut World::new());
    assert_eq!(exit, 1);
    assert_eq!(stderr, "yes: write error: No space left on device\n");
}

#[test]
fn a_session_can_be_saved_at_any_moment() {
    let line = "for i in 1 2 3; do echo tour $i; sleep 1; done | tee journal | grep -n tour; watch -g -n 1 'date +%M' | tail -n 1";
    let (mut straight, mut laptop, mut world) = open();
    let expected = type_line(&mut straight, line, &mut laptop, &mut world);
    let (mut session, mut laptop, mut world) = open();
    session.input(Input::Line(line.to_owned()), &mut laptop, &mut world);
    let mut stops = 0;
    while let State::Running { .. } = session.state() {
        let mut bytes = Vec::new();
        ciborium::into_writer(&(&session, &laptop), &mut bytes).unwrap();
        let (loaded, disk): (Session, Laptop) = ciborium::from_reader(bytes.as_slice()).unwrap();
        assert_eq!(disk, laptop);
        session = loaded;
        laptop = disk;
        let wake = session.poll(&mut laptop, &mut world);
        if let (State::Running { .. }, Some(at)) = (session.state(), wake.at) {
            world.sim.now = at.max(world.now());
        }
        stops += 1;
        assert!(stops < 2_000 && world.now() < Time::from_secs(600));
    }
    assert_eq!(shown(&mut session), expected);
    assert!(stops > 10);
}
