/// Something for each text that is attributed to.
#[derive(Clone, Debug)]
pub(crate) struct Sides<T> {
    /// For the source; absent in decoder-only models.
    pub(crate) source: Option<T>,
    /// For the decoder's prefix; absent unless it is attributed to.
    pub(crate) prefix: Option<T>,
}

impl<T> Sides<T> {
    pub(crate) fn try_map<U, E>(
        &self,
        mut map: impl FnMut(&T) -> Result<U, E>,
    ) -> Result<Sides<U>, E> {
        Ok(Sides {
            source: self.source.as_ref().map(&mut map).transpose()?,
            prefix: self.prefix.as_ref().map(&mut map).transpose()?,
        })
    }

    pub(crate) fn try_zip<U, V, E>(
        &self,
        other: &Sides<U>,
        mut map: impl FnMut(&T, &U) -> Result<V, E>,
    ) -> Result<Sides<V>, E> {
        let mut both = |left: &Option<T>, right: &Option<U>| match (left, right) {
            (Some(left), Some(right)) => map(left, right).map(Some),
            _ => Ok(None),
        };
        Ok(Sides {
            source: both(&self.source, &other.source)?,
            prefix: both(&self.prefix, &other.prefix)?,
        })
    }

    pub(crate) fn present(&self) -> Vec<&T> {
        self.source.iter().chain(&self.prefix).collect()
    }

    /// The same layout, filled from values in the order of [`present`](Self::present).
    pub(crate) fn filled<U>(&self, values: Vec<U>) -> Sides<U> {
        let mut values = values.into_iter();
        Sides {
            source: self.source.as_ref().and_then(|_| values.next()),
            prefix: self.prefix.as_ref().and_then(|_| values.next()),
        }
    }
}
