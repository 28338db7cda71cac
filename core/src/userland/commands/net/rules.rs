//! `iptables-save`: the rules of the machine, which only programs on the machine's own network see.

use serde::{Deserialize, Serialize};

use super::super::System;
use crate::sh::{Io, Poll, Until};
use crate::userland::socket::{Answer, Packet};

/// `iptables-save`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Rules {
    asked: Option<u64>,
}

impl Rules {
    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &mut dyn System) -> Poll {
        let id = *self.asked.get_or_insert_with(|| host.send(Packet::Rules));
        let Some(arrival) = host.receive(id) else {
            return Poll::Blocked(Until {
                change: true,
                ..Until::default()
            });
        };
        if let Ok(Answer::Text(text)) = arrival.result {
            io.print(text);
        }
        Poll::Exited(0)
    }
}
