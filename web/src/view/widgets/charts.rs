//! Small curves over time, as SVG.

use std::rc::Rc;

use yew::prelude::*;

use crate::view::board::{Board, Chart};

/// The drawing's own size; it is stretched to its place.
const WIDTH: f32 = 120.0;
const HEIGHT: f32 = 32.0;

/// What the curves are given.
#[derive(Clone, Properties)]
pub(super) struct Props {
    /// The board that brings them.
    pub(super) board: Rc<Board>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.board, &other.board)
    }
}

/// The curves.
#[component]
pub(super) fn Charts(props: &Props) -> Html {
    html! { <div class="cv-charts">{ for props.board.charts.iter().map(figure) }</div> }
}

fn figure(chart: &Chart) -> Html {
    let label = format!("{}\u{a0}: {}", chart.title, chart.now);
    html! {
        <figure class={classes!(chart.bad.then_some("cv-bad"))}>
            <figcaption><span>{ &chart.title }</span><strong>{ &chart.now }</strong></figcaption>
            <svg viewBox="0 0 120 32" preserveAspectRatio="none" role="img" aria-label={label}>
                <path d={path(&chart.points)} />
            </svg>
            <span class="cv-top" aria-hidden="true">{ &chart.top }</span>
        </figure>
    }
}

/// The curve through the points, broken where nothing is known.
fn path(points: &[Option<f32>]) -> String {
    let step = WIDTH / (points.len().max(2) - 1) as f32;
    let (mut path, mut pen) = (String::new(), 'M');
    for (place, point) in (0_u16..).zip(points) {
        let Some(value) = point else {
            pen = 'M';
            continue;
        };
        // whole tenths: formatting fractions would bring a good deal of code
        let (x, y) = (
            f32::from(place) * step * 10.0,
            (HEIGHT - 1.5 - value * (HEIGHT - 3.0)) * 10.0,
        );
        path.push_str(&format!("{pen}{} {}", tenths(x), tenths(y)));
        pen = 'L';
    }
    path
}

fn tenths(value: f32) -> String {
    let value = value.max(0.0) as u32;
    format!("{}.{}", value / 10, value % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_broken_where_nothing_is_known() {
        let points = [Some(0.0), Some(1.0), None, Some(0.5)];
        assert_eq!(path(&points), "M0.0 30.5L40.0 1.5M120.0 16.0");
    }
}
