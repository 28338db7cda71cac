//! `tee`

use serde::{Deserialize, Serialize};

use super::Wrong;
use super::filter::{Cx, Flow, Work};
use crate::sh::resolve;
use crate::userland::options::Options;

/// `tee`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tee {
    append: bool,
    files: Vec<String>,
    status: i32,
}

impl Tee {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let options =
            Options::parse(argv, "aip", &[("append", 'a', false)]).map_err(|message| (message, 1))?;
        Ok((
            Self {
                append: options.has('a'),
                files: options.operands,
                status: 0,
            },
            Vec::new(),
        ))
    }
}

impl Work for Tee {
    fn begin(&mut self, _file: &str, cx: &mut Cx<'_, '_, '_>) {
        let mut opened = Vec::new();
        for file in std::mem::take(&mut self.files) {
            let path = resolve(cx.cwd, &file);
            match cx.host.create(&path, !self.append) {
                Ok(()) => opened.push(path),
                Err(error) => {
                    cx.io.error(format!("tee: {file}: {}\n", error.text()));
                    self.status = 1;
                }
            }
        }
        self.files = opened;
    }

    fn data(&mut self, bytes: &[u8], cx: &mut Cx<'_, '_, '_>) -> Flow {
        cx.io.print(bytes);
        for path in &self.files {
            if let Err(error) = cx.host.write(path, None, bytes) {
                cx.io.error(format!("tee: {path}: {}\n", error.text()));
                self.status = 1;
            }
        }
        Flow::More
    }

    fn finish(&mut self, _cx: &mut Cx<'_, '_, '_>) -> i32 {
        self.status
    }
}
