// Where a thread stands: every kernel's only input beside its buffers.

struct Thread {
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
}

// Workgroups are numbered over two axes, because one is too short for many of them.
fn group_number(thread: Thread) -> u32 {
    return thread.group.y * thread.groups.x + thread.group.x;
}

// The number of a thread among all, for workgroups of 256.
fn thread_number(thread: Thread) -> u32 {
    return group_number(thread) * 256u + thread.index;
}
