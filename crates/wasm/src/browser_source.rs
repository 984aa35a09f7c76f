use gloo::net::http::Request;
use hub::{Error, FileSource, LocalFuture, ModelId, Progress, Result};
use web_sys::Url;

/// Model files over the network: bundled models lie beside the worker's program,
/// others at the base address that is their name.
pub(crate) struct BrowserSource {
    program_address: String,
}

impl BrowserSource {
    /// Looks for bundled models in `models/` beside the program at this address.
    pub(crate) fn beside(program_address: String) -> Self {
        Self { program_address }
    }

    fn address(&self, model: &ModelId, file: &str) -> Result<String> {
        let base = if model.is_plain_name() {
            format!("models/{model}/")
        } else {
            format!("{}/", model.as_str().trim_end_matches('/'))
        };
        let joined = Url::new_with_base(&base, &self.program_address)
            .and_then(|base| Url::new_with_base(file, &base.href()));
        match joined {
            Ok(url) if matches!(url.protocol().as_str(), "http:" | "https:") => Ok(url.href()),
            _ => Err(Error::ModelName {
                name: model.to_string(),
                reason: "is neither a bundled model nor a web address",
            }),
        }
    }
}

impl FileSource for BrowserSource {
    fn read<'a>(
        &'a self,
        model: &'a ModelId,
        file: &'a str,
        progress: &'a Progress<'a>,
    ) -> LocalFuture<'a, Result<Option<Vec<u8>>>> {
        Box::pin(async move {
            let address = self.address(model, file)?;
            let failure = |reason: String| Error::Read {
                file: file.to_owned(),
                reason,
                place: address.clone(),
            };
            let response = Request::get(&address)
                .send()
                .await
                .map_err(|error| failure(error.to_string()))?;
            let content_type = response.headers().get("content-type").unwrap_or_default();
            // Some hosts answer with a page where a file is missing.
            if response.status() == 404 || content_type.starts_with("text/html") {
                return Ok(None);
            }
            if !response.ok() {
                return Err(failure(format!(
                    "the server answered {}",
                    response.status()
                )));
            }
            let bytes = response
                .binary()
                .await
                .map_err(|error| failure(error.to_string()))?;
            progress(bytes.len() as u64, Some(bytes.len() as u64));
            Ok(Some(bytes))
        })
    }
}
