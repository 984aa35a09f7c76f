//! Is every kernel valid, in every variant? Needs no graphics processor: a kernel that
//! no device here compiles would otherwise first fail on a visitor's.

use naga::valid::{Capabilities, ValidationFlags, Validator};

#[test]
fn every_kernel_is_valid() {
    let sources = backend_webgpu::kernel_sources();
    assert!(sources.len() > 100, "only {} kernels", sources.len());
    for (name, source) in sources {
        let module = naga::front::wgsl::parse_str(&source)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&source)));
        let capabilities = Capabilities::SHADER_FLOAT16 | Capabilities::SUBGROUP;
        Validator::new(ValidationFlags::all(), capabilities)
            .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
            .subgroup_operations(naga::valid::SubgroupOperationSet::all())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&source)));
    }
}

#[test]
fn every_file_is_a_kernel_s() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/kernels");
    let sources = backend_webgpu::kernel_sources();
    for folder in [folder.to_owned(), format!("{folder}/shared")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "wgsl")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                let is_used = sources.iter().any(|(_, source)| source.contains(&text));
                assert!(is_used, "{} belongs to no kernel", path.display());
            }
        }
    }
}
