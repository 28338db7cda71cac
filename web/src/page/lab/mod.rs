//! The lab's one screen: lesson, cluster, editor, terminal.

mod cluster;
pub(super) mod layout;
mod panel;
mod scale;
mod separator;
mod tabs;
mod timeline;

use yew::prelude::*;

use crate::{
    page::{
        app::skip_to, editor::EditorPanel, hooks::use_session, lesson::LessonPanel, route::Route,
        speed::Speed, store, terminal::TerminalPanel,
    },
    protocol::Source,
    texts,
};

use cluster::ClusterPanel;
use layout::{Border, Layout, Panel};
use panel::PanelFrame;
use separator::Separator;
use tabs::Tabs;

/// Which lab.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The route that names it.
    pub(super) route: Route,
    /// Whether the page is dark.
    pub(super) dark: bool,
}

/// The lab's screen.
#[component]
pub(super) fn LabScreen(props: &Props) -> Html {
    let session = use_session();
    let layout = use_layout();
    use_effect_with(props.route.lab(), move |lab| {
        if let Some(lab) = lab {
            session.open(lab.clone(), Source::Kept);
        }
    });
    let on_move = {
        let layout = layout.clone();
        Callback::from(move |(border, percent)| layout.dispatch(Change::Move(border, percent)))
    };
    let toggle = |panel| {
        let layout = layout.clone();
        Callback::from(move |()| layout.dispatch(Change::Toggle(panel)))
    };
    let on_choose = {
        let layout = layout.clone();
        Callback::from(move |panel| layout.dispatch(Change::Show(panel)))
    };
    let now = &layout.0;
    let frame = |panel: Panel, tools: Html, children: Html| {
        html! {
            <PanelFrame {panel} folded={now.is_folded(panel)} shown={now.tab == panel} {tools} on_toggle={toggle(panel)}>
                { children }
            </PanelFrame>
        }
    };
    let separator = |border, panel: Panel, label: &'static str, upright| {
        html! {
            <Separator {border} place={now.place(border)} {label} controls={panel.id()} {upright} on_move={on_move.clone()}
                on_toggle={toggle(panel)} />
        }
    };
    let bench_folded = now.is_folded(Panel::Editor) && now.is_folded(Panel::Terminal);
    html! {
        <main id="contenu" tabindex="-1" class="lab-screen">
            <a class="skip" href="#" onclick={skip_to(Panel::Terminal.id())}>{ texts::SKIP_TO_TERMINAL }</a>
            <div class="lab" style={style(now)} data-folded={folds(now)}>
                { frame(Panel::Lesson, html! {}, html! { <LessonPanel route={props.route.clone()} /> }) }
                { separator(Border::Lesson, Panel::Lesson, texts::RESIZE_LESSON, true) }
                <div class="work">
                    { frame(Panel::Cluster, html! { <Speed /> }, html! { <ClusterPanel dark={props.dark} /> }) }
                    { separator(Border::Cluster, Panel::Cluster, texts::RESIZE_CLUSTER, false) }
                    <div class={classes!("bench", bench_folded.then_some("all-folded"))}>
                        { frame(Panel::Editor, html! {}, html! { <EditorPanel dark={props.dark} /> }) }
                        { separator(Border::Editor, Panel::Editor, texts::RESIZE_EDITOR, true) }
                        { frame(Panel::Terminal, html! {}, html! { <TerminalPanel dark={props.dark} /> }) }
                    </div>
                </div>
            </div>
            <Tabs shown={now.tab} {on_choose} />
        </main>
    }
}

fn style(layout: &Layout) -> String {
    format!(
        "--lesson:{}%;--cluster:{}%;--editor:{}%",
        layout.place(Border::Lesson),
        layout.place(Border::Cluster),
        layout.place(Border::Editor)
    )
}

fn folds(layout: &Layout) -> String {
    let folded: Vec<&str> = Panel::ALL
        .into_iter()
        .filter(|panel| layout.is_folded(*panel))
        .map(Panel::id)
        .collect();
    folded.join(" ")
}

enum Change {
    Move(Border, i32),
    Toggle(Panel),
    Show(Panel),
}

#[derive(PartialEq)]
struct Kept(Layout);

impl Reducible for Kept {
    type Action = Change;

    fn reduce(self: std::rc::Rc<Self>, change: Change) -> std::rc::Rc<Self> {
        let layout = self.0.clone();
        let layout = match change {
            Change::Move(border, percent) => layout.moved(border, percent),
            Change::Toggle(panel) => layout.toggled(panel),
            Change::Show(panel) => layout.with_tab(panel),
        };
        store::set("layout", &layout.to_text());
        std::rc::Rc::new(Self(layout))
    }
}

#[hook]
fn use_layout() -> UseReducerHandle<Kept> {
    use_reducer_eq(|| {
        Kept(
            store::get("layout")
                .map(|text| Layout::from_text(&text))
                .unwrap_or_default(),
        )
    })
}
