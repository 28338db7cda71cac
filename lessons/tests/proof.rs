//! The proofs prove: a lesson with a fault of each sort is refused, for that fault. On a toy lab whose only commands are `create NAME`,
//! `delete NAME` and `fail`.
use serde_json::{Value, json};
use std::collections::BTreeMap;
use timonier_core::sim::Time;
use timonier_lessons::evidence::{Change, Evidence};
use timonier_lessons::format::Start;
use timonier_lessons::lab::{Lab, Ran};
use timonier_lessons::load::load;
use timonier_lessons::proof;
use timonier_lessons::source::Memory;

#[derive(Default)]
struct Toy {
    now: Time,
    pods: BTreeMap<String, Value>,
    changes: Vec<Change>,
}

impl Toy {
    fn change(&mut self, name: &str, object: Option<Value>) {
        match &object {
            Some(object) => self.pods.insert(name.to_owned(), object.clone()),
            None => self.pods.remove(name),
        };
        let (kind, namespace, name) = ("Pod".to_owned(), "default".to_owned(), name.to_owned());
        self.changes.push(Change {
            at: self.now,
            kind,
            namespace,
            name,
            object,
        });
    }
}

impl Evidence for Toy {
    fn now(&self) -> Time {
        self.now
    }

    fn revision(&self) -> u64 {
        self.changes.len() as u64
    }

    fn objects(&self, kind: &str) -> Vec<Value> {
        self.pods.values().filter(|_| kind == "Pod").cloned().collect()
    }

    fn changes(&self, since: u64, wanted: &dyn Fn(&str) -> bool) -> Option<Vec<Change>> {
        let new = self.changes.get(usize::try_from(since).ok()?..)?;
        Some(new.iter().filter(|c| wanted(&c.kind)).cloned().collect())
    }
}

impl Lab for Toy {
    fn run(&mut self, line: &str) -> Ran {
        self.now = Time(self.now.as_micros() + 100_000);
        let (output, exit) = match line.split_once(' ') {
            Some(("create", name)) => {
                self.change(
                    name,
                    Some(json!({"metadata": {"name": name, "namespace": "default"}})),
                );
                (format!("{name} created\n"), 0)
            }
            Some(("delete", name)) => {
                self.change(name, None);
                (format!("{name} deleted\n"), 0)
            }
            _ => ("no such command\n".to_owned(), 127),
        };
        Ran {
            output,
            exit: Some(exit),
        }
    }

    fn write(&mut self, _: &str, _: &str) {}

    fn wait(&mut self, micros: u64) {
        self.now = Time(self.now.as_micros() + micros);
    }

    fn evidence(&self) -> &dyn Evidence {
        self
    }
}

const LESSON: &str = "\
format: 1
id: essai
revision: 1
title: Essai
needs: rien
gives: tout
minutes: 5
steps: [un.md, ex.yaml]
";

const PAGE: &str = "\
# Un

```sh run
create a
```

```output
a created
```
";

const EXERCISE: &str = "\
id: faire
kind: do
title: Faire
minutes: 5
situation: Créez a.
start:
  script:
  - run: create vieux
goals:
- id: cree
  text: Créé
  points: 4
  check:
    state: {kind: Pod, name: a}
hints: []
mistakes:
- id: autre
  when:
    state: {kind: Pod, name: b}
  say: Non.
  try:
  - run: create b
solution:
  steps:
  - run: create a
  explanation: Voilà.
";

#[expect(clippy::panic, reason = "a helper of tests")]
fn faults(from: &str, to: &str) -> Vec<String> {
    let change = |text: &str| text.replacen(from, to, 1);
    let files = [
        ("lesson.yaml", change(LESSON)),
        ("un.md", change(PAGE)),
        ("ex.yaml", change(EXERCISE)),
    ];
    let loaded = load(&Memory::new(files)).unwrap_or_else(|faults| panic!("{from} -> {to}: {faults:?}"));
    let mut new_lab = |_: &Start| Ok(Box::new(Toy::default()) as Box<dyn Lab>);
    let mut found = proof::pages(&loaded, &mut new_lab);
    for exercise in loaded.exercises() {
        found.extend(proof::exercise(exercise, 0, &mut new_lab));
    }
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_lesson_has_no_fault() {
    assert_eq!(faults("", ""), Vec::<String>::new());
}

#[test]
fn each_fault_is_found() {
    let check = |from: &str, to: &str, expected: &str| {
        let found = faults(from, to);
        assert!(
            found.iter().any(|f| f.starts_with(expected)),
            "{from} -> {to}: {found:#?}"
        );
    };
    check(
        "name: a}",
        "name: vieux}",
        "ex.yaml:10:3: Variante 0 : L’objectif « cree » est atteint sans rien faire",
    );
    check(
        "  - run: create a\n",
        "  - run: create c\n",
        "ex.yaml:10:3: Variante 0 : La solution n’atteint pas l’objectif « cree » : Il n’y a pas de Pod `a`.",
    );
    check(
        "  - run: create b",
        "  - run: create c",
        "ex.yaml:21:3: Variante 0 : L’erreur « autre » n’est pas reconnue",
    );
    check(
        "name: b}",
        "name: vieux}",
        "ex.yaml:16:1: Variante 0 : L’erreur « autre » est reconnue avant",
    );
    check(
        "name: b}",
        "name: a}",
        "ex.yaml:16:1: Variante 0 : L’erreur « autre » est encore reconnue",
    );
    check(
        "  - run: create vieux",
        "  - run: fail",
        "ex.yaml:6:1: Variante 0 : L’état de départ n’est pas prêt : `fail` échoue",
    );
    check(
        "  - run: create b",
        "  - answer: {question: q, choice: x}",
        "ex.yaml:22:5: Variante 0 : La question « q » n’existe pas.",
    );
    check(
        "a created",
        "b created",
        "un.md:7: Le terminal n’affiche pas « b created ».",
    );
    check(
        "```sh run\ncreate a\n```\n\n```output\na created\n```",
        "```sh run\nfail\n```",
        "un.md:3: Cette commande échoue",
    );
    check(
        "```sh run\ncreate a\n```",
        "",
        "un.md:5: Rien n’est exécuté avant ce résultat.",
    );
}
