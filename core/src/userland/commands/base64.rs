//! `base64`: encodes, or decodes with `-d`.

use serde::{Deserialize, Serialize};

use super::Wrong;
use super::filter::{Cx, Flow, Work};
use crate::userland::options::Options;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `base64`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Base64 {
    decode: bool,
    ignore: bool,
    wrap: usize,
    #[serde(with = "serde_bytes")]
    input: Vec<u8>,
}

impl Base64 {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let long = [
            ("decode", 'd', false),
            ("ignore-garbage", 'i', false),
            ("wrap", 'w', true),
        ];
        let options = Options::parse(argv, "dDiw:", &long).map_err(|message| (message, 1))?;
        let wrap = match options.value('w') {
            None => 76,
            Some(text) => text
                .parse()
                .map_err(|_| (format!("base64: invalid wrap size: '{text}'\n"), 1))?,
        };
        let decode = options.has('d') || options.has('D');
        Ok((
            Self {
                decode,
                ignore: options.has('i'),
                wrap,
                input: Vec::new(),
            },
            options.operands,
        ))
    }
}

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut bits = 0_u32;
        for index in 0..3 {
            bits = bits << 8 | u32::from(group.get(index).copied().unwrap_or(0));
        }
        for index in 0..4_u32 {
            let digit = usize::try_from(bits >> (18 - 6 * index) & 63).unwrap_or(0);
            let used = usize::try_from(index).unwrap_or(0) <= group.len();
            text.push(if used {
                ALPHABET.get(digit).copied().map_or('=', char::from)
            } else {
                '='
            });
        }
    }
    text
}

/// The bytes, and whether the text was right to its end.
fn decode(text: &[u8], ignore: bool) -> (Vec<u8>, bool) {
    let (mut bytes, mut bits, mut count, mut padding) = (Vec::new(), 0_u32, 0, 0);
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        match ALPHABET.iter().position(|digit| digit == byte) {
            Some(digit) if padding == 0 => {
                bits = bits << 6 | u32::try_from(digit).unwrap_or(0);
                count += 1;
                if count == 4 {
                    bytes.extend(bits.to_be_bytes().iter().skip(1));
                    (bits, count) = (0, 0);
                }
            }
            _ if *byte == b'=' && count + padding >= 2 => padding += 1,
            _ if ignore => {}
            _ => return (bytes, false),
        }
    }
    let right = match (count, padding) {
        (0, 0) => true,
        (2, 2) => {
            bytes.push((bits >> 4) as u8);
            true
        }
        (3, 1) => {
            bytes.extend([(bits >> 10) as u8, (bits >> 2) as u8]);
            true
        }
        _ => false,
    };
    (bytes, right)
}

impl Work for Base64 {
    fn data(&mut self, bytes: &[u8], _cx: &mut Cx<'_, '_, '_>) -> Flow {
        self.input.extend_from_slice(bytes);
        Flow::More
    }

    fn finish(&mut self, cx: &mut Cx<'_, '_, '_>) -> i32 {
        if self.decode {
            let (bytes, right) = decode(&self.input, self.ignore);
            cx.io.print(bytes);
            if !right {
                cx.io.error("base64: invalid input\n");
            }
            return i32::from(!right);
        }
        let text = encode(&self.input);
        if self.wrap == 0 {
            cx.io.print(text);
            return 0;
        }
        for line in text.as_bytes().chunks(self.wrap) {
            cx.io.print(line);
            cx.io.print("\n");
        }
        0
    }
}
