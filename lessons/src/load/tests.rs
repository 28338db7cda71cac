//! Lessons that load, and faults where they stand.
use super::load;
use crate::source::Memory;

const LESSON: &str = "format: 1\nid: essai\nrevision: 1\ntitle: Essai\nneeds: rien\ngives: tout\nminutes: 5\nsteps: [un.md, ex.yaml]\n";
const EXERCISE: &str = "id: faire\nkind: do\ntitle: Faire\nminutes: 5\nparams:\n  nom: [web, api]\nsituation: Le Pod {{nom}}.\nstart:\n  files:\n    pod.yaml: {from: pod.yaml}\ngoals:\n- id: pret\n  text: Prêt\n  points: 4\n  check:\n    state: {kind: Pod, name: \"{{nom}}\"}\nhints: []\nsolution:\n  steps:\n  - run: kubectl apply -f pod.yaml\n  explanation: Voilà.\n";

fn folder(lesson: &str, exercise: &str) -> Memory {
    Memory::new([
        ("lesson.yaml", lesson),
        ("un.md", "# Un\n"),
        ("ex.yaml", exercise),
        ("pod.yaml", "name: {{nom}}\n"),
    ])
}

#[test]
fn a_lesson_loads() {
    let loaded = load(&folder(LESSON, EXERCISE)).expect("a lesson");
    assert_eq!(
        loaded.pages().next().expect("a page").rendered.title.as_deref(),
        Some("Un")
    );
    let exercise = loaded.exercise("faire").expect("an exercise");
    assert_eq!(exercise.variants(), 2);
    let names: Vec<_> = (0..2)
        .map(|v| exercise.variant(v).expect("a variant").exercise.situation)
        .collect();
    assert_ne!(names[0], names[1]);
    let file = exercise.variant(0).expect("a variant").exercise.start.files["pod.yaml"]
        .text
        .clone();
    assert!(file.expect("inlined").starts_with("name: "));
}

#[test]
fn faults_have_file_and_line() {
    let check = |from: &str, to: &str, expected: &str| {
        let (lesson, exercise) = (LESSON.replacen(from, to, 1), EXERCISE.replacen(from, to, 1));
        let faults = load(&folder(&lesson, &exercise)).expect_err(to);
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|s| s.starts_with(expected)), "{said:#?}");
    };
    check(
        "format: 1",
        "format: 2",
        "lesson.yaml:1:1: Ce laboratoire lit le format 1",
    );
    check(
        "id: essai",
        "id: Essai",
        "lesson.yaml:2:1: « Essai » n’est pas un identifiant",
    );
    check(
        "[un.md,",
        "[deux.md,",
        "lesson.yaml:8:9: Le fichier « deux.md » n’existe pas.",
    );
    check(
        " ex.yaml]",
        " ey.yaml]",
        "lesson.yaml:8:16: Le fichier « ey.yaml » n’existe pas.",
    );
    check(
        "{from: pod.yaml}",
        "{from: pood.yaml}",
        "ex.yaml:10:5: Le fichier « pood.yaml » n’existe pas.",
    );
    check(
        "pod.yaml: {from",
        "../pod.yaml: {from",
        "ex.yaml:10:5: « ../pod.yaml » n’est pas un nom de fichier",
    );
    check(
        "kind: do",
        "kind: dob",
        "ex.yaml:2:1: « dob » n’est pas une valeur possible",
    );
    check(
        "Pod {{nom}}",
        "Pod {{non}}",
        "ex.yaml:7: Le paramètre « non » n’existe pas. Vouliez-vous dire « nom » ?",
    );
    check(
        "kind: Pod,",
        "kind: Pood,",
        "ex.yaml:16:13: Le laboratoire ne connaît pas le kind « Pood ». Vouliez-vous dire « Pod » ?",
    );
    check(
        "- run:",
        "- rune:",
        "ex.yaml:20:5: La clé « rune » n’existe pas ici. Vouliez-vous dire « run » ?",
    );
    check(
        "  points: 4",
        "  points: 4\n  needs: [prett]",
        "ex.yaml:15:11: « prett » n’est pas un autre objectif",
    );
}
