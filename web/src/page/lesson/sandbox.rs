//! The sandbox's panel: a few things to try, and a new start.

use yew::prelude::*;

use crate::{
    page::{dialog::Confirm, hooks::use_session, icon::icon},
    texts,
};

/// Commands worth a try.
const COMMANDS: [(&str, &str); 4] = [
    ("kubectl get nodes -o wide", texts::SANDBOX_TRY_NODES),
    (
        "kubectl create deployment web --image=nginx:1.27 --replicas=3",
        texts::SANDBOX_TRY_DEPLOYMENT,
    ),
    ("kubectl get pods -o wide", texts::SANDBOX_TRY_PODS),
    (
        "kubectl set image deployment/web nginx=nginx:1.28",
        texts::SANDBOX_TRY_ROLLOUT,
    ),
];

/// The sandbox's panel.
#[component]
pub(super) fn SandboxPanel() -> Html {
    let session = use_session();
    let asking = use_state_eq(|| false);
    let on_restart = {
        let asking = asking.clone();
        Callback::from(move |_: MouseEvent| asking.set(true))
    };
    let on_answer = {
        let (asking, session) = (asking.clone(), session.clone());
        Callback::from(move |yes: bool| {
            asking.set(false);
            if yes {
                session.restart();
            }
        })
    };
    let command = |(line, words): &(&'static str, &'static str)| {
        let (session, line) = (session.clone(), *line);
        html! {
            <li>
                <p>{ *words }</p>
                <button class="try" onclick={Callback::from(move |_: MouseEvent| session.run(line))}>
                    <code>{ line }</code>{ icon("play") }
                </button>
            </li>
        }
    };
    html! {
        <div class="lesson">
            <article class="prose">
                <h1>{ texts::SANDBOX_TITLE }</h1>
                <p>{ texts::SANDBOX_TEXT }</p>
                <h2>{ texts::SANDBOX_TRY }</h2>
                <ol class="tries">{ for COMMANDS.iter().map(command) }</ol>
            </article>
            <p><button class="link-button" onclick={on_restart}>{ icon("restart") }{ texts::SANDBOX_RESTART }</button></p>
            if *asking {
                <Confirm title={texts::RESTART_SANDBOX_TITLE} text={texts::RESTART_SANDBOX_TEXT} yes={texts::RESTART_YES} {on_answer} />
            }
        </div>
    }
}
