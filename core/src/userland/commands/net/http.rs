//! HTTP/1.1 as it is written: the head of an answer.

use crate::sim::{Time, calendar};
use crate::userland::traffic::HttpReply;

/// The head of an answer with its empty line, in the order in which servers send it.
pub(super) fn response_head(reply: &HttpReply, now: Time) -> String {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reply.reason());
    let date = calendar::utc("%a, %d %b %Y %H:%M:%S GMT", now.timestamp());
    let mut dated = false;
    let mut sized = reply.status == 204 || reply.status == 304;
    for (name, value) in &reply.headers {
        if !dated && !name.eq_ignore_ascii_case("Server") {
            dated = true;
            head.push_str(&format!("Date: {date}\r\n"));
        }
        head.push_str(&format!("{name}: {value}\r\n"));
        if !sized && name.eq_ignore_ascii_case("Content-Type") {
            sized = true;
            head.push_str(&format!("Content-Length: {}\r\n", reply.body.len()));
        }
    }
    if !dated {
        head.push_str(&format!("Date: {date}\r\n"));
    }
    if !sized {
        head.push_str(&format!("Content-Length: {}\r\n", reply.body.len()));
    }
    head.push_str("\r\n");
    head
}
