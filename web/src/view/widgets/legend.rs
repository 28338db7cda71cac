//! What the shapes and colours mean.

use web_sys::HtmlCanvasElement;
use yew::prelude::*;

use crate::view::board::Lens;
use crate::view::geometry::{Point, Size};
use crate::view::look::State;
use crate::view::paint::{Brush, Clock, canvas::Painter, symbol};
use crate::view::texts;

/// Draws one state's shape, by the painter that draws it in the view.
#[derive(PartialEq, Properties)]
struct SymbolProps {
    state: State,
}

#[component]
fn Symbol(props: &SymbolProps) -> Html {
    let canvas = use_node_ref();
    let state = props.state;
    {
        let canvas = canvas.clone();
        use_effect_with(state, move |state| {
            if let Some(mut painter) = canvas.cast::<HtmlCanvasElement>().and_then(Painter::new) {
                painter.resize(Size { w: 20.0, h: 20.0 });
                let mut brush = Brush {
                    alpha: 1.0,
                    ..Brush::default()
                };
                symbol(
                    &mut brush,
                    Point { x: 10.0, y: 10.0 },
                    15.0,
                    *state,
                    Some(0.6),
                    Clock::default(),
                );
                painter.draw(&brush.prims, Point::default(), 1.0);
            }
        });
    }
    html! { <canvas ref={canvas} class="cv-symbol" aria-hidden="true"></canvas> }
}

/// Which view it is for.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The view.
    pub(super) lens: Lens,
}

/// The legend.
#[component]
pub(super) fn Legend(props: &Props) -> Html {
    let swatches: &[(&'static str, &'static str)] = match props.lens {
        Lens::Nodes => &texts::LEGEND_NODES,
        Lens::Objects => &texts::LEGEND_OBJECTS,
        Lens::Traffic | Lens::Machinery => &texts::LEGEND_MARKS,
    };
    html! {
        <aside class="cv-legend" aria-label={texts::LEGEND}>
            <ul>
                { for State::ALL.into_iter().map(|state| html! {
                    <li><Symbol {state} /><span>{ texts::state(state) }</span></li>
                }) }
                { for swatches.iter().map(|(class, words)| html! {
                    <li><span class={classes!("cv-swatch", *class)}></span><span>{ *words }</span></li>
                }) }
            </ul>
        </aside>
    }
}
