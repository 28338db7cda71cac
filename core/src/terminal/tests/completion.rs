//! What Tab offers.

use super::{Laptop, Session, World, type_line};

fn check(line: &str, start: usize, expected: &[&str]) {
    let (mut session, mut laptop, mut world) = (Session::new(), Laptop::new(), World::new());
    type_line(
        &mut session,
        "mkdir -p manifestes; touch pod.yaml 'mon fichier' .cache; ENVIE=1; kx() { :; }",
        &mut laptop,
        &mut world,
    );
    let asked = |words: &[String]| vec![(format!("<{}>", words.join(" ")), String::new())];
    let completion = session.complete(line, line.len(), &laptop, asked);
    let texts: Vec<&str> = completion
        .candidates
        .iter()
        .map(|candidate| candidate.text.as_str())
        .collect();
    assert_eq!((completion.start, texts.as_slice()), (start, expected), "{line}");
}

#[test]
fn tab_completes_commands_files_and_variables() {
    check("kub", 0, &["kubectl"]);
    check("k", 0, &["k", "kill", "kubectl", "kx"]);
    check("ls | so", 5, &["sort", "source"]);
    check("cat p", 4, &["pod.yaml"]);
    check("cat ", 4, &["manifestes/", "mon\\ fichier", "pod.yaml"]);
    check("cat .c", 4, &[".cache"]);
    check("ls > man", 5, &["manifestes/"]);
    check("echo $ENVI", 5, &["$ENVIE"]);
    check("cat 'mon", 4, &["mon\\ fichier"]);
}

#[test]
fn tab_asks_kubectl() {
    check("kubectl get po", 12, &["<kubectl get po>"]);
    check("k get pods ", 11, &["<kubectl get pods >"]);
    check("watch k", 6, &["k", "kill", "kubectl", "kx"]);
    check("x=1 kubectl ", 12, &["<kubectl >"]);
    check(
        "kubectl apply -f ",
        17,
        &["manifestes/", "mon\\ fichier", "pod.yaml"],
    );
}
