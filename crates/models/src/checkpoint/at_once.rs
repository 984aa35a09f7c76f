//! What is ready without waiting, for tests on files in memory.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The value of a future that waits for nothing.
pub(crate) fn at_once<Value>(future: impl Future<Output = Value>) -> Value {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("files in memory are read at once"),
    }
}
