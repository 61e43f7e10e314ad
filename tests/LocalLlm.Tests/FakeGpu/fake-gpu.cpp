// A ggml backend without hardware, for tests of the planner: GPUs that say how much memory they have and round sizes as
// CUDA's do, whose buffers take no memory, and that never compute. It answers what llama.cpp would allocate where.
// Beside the backend it exports fake_gpu_... functions: to set the devices up, and to read the native truth back.

#include "ggml-backend-impl.h"
#include "llama-ext.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr int    MOST_DEVICES       = 4;
constexpr size_t ALIGNMENT          = 128; // ggml-cuda.cu: get_alignment of its buffers
constexpr size_t QUANTIZED_ROW      = 512; // MATRIX_ROW_PADDING
constexpr int    OFFLOAD_BATCH      = 32;  // GGML_OP_OFFLOAD_MIN_BATCH
constexpr size_t DEFAULT_MEMORY     = size_t(24) << 30;
void * const     BASE               = reinterpret_cast<void *>(uintptr_t(0x10000)); // nobody reads there

struct device_state {
    int                      index;
    std::string              name;
    size_t                   memory        = DEFAULT_MEMORY;
    size_t                   hidden        = 0;
    size_t                   allocated     = 0;
    size_t                   most          = 0;
    bool                     pipelines     = true;
    bool                     copies_cache  = true;
    ggml_backend_device      device        = {};
    ggml_backend_buffer_type buffers       = {};
    ggml_backend_buffer_type host_buffers  = {};
};

device_state     devices[MOST_DEVICES];
int              device_count = 0;
ggml_backend_reg registry     = {};

device_state & state_of(ggml_backend_dev_t device) { return *static_cast<device_state *>(device->context); }
device_state & state_of(ggml_backend_buffer_type_t buft) { return *static_cast<device_state *>(buft->context); }
device_state & state_of(ggml_backend_buffer_t buffer) { return *static_cast<device_state *>(buffer->context); }

// Buffers: a size that is counted, and an address for tensors to stand at.

void   buffer_free(ggml_backend_buffer_t buffer) { state_of(buffer).allocated -= buffer->size; }
void * buffer_base(ggml_backend_buffer_t) { return BASE; }
void   buffer_memset(ggml_backend_buffer_t, ggml_tensor *, uint8_t, size_t, size_t) {}
void   buffer_set(ggml_backend_buffer_t, ggml_tensor *, const void *, size_t, size_t) {}
void   buffer_get(ggml_backend_buffer_t, const ggml_tensor *, void * data, size_t, size_t size) { memset(data, 0, size); }
bool   buffer_copy(ggml_backend_buffer_t, const ggml_tensor *, ggml_tensor *) { return true; }
void   buffer_clear(ggml_backend_buffer_t, uint8_t) {}

constexpr ggml_backend_buffer_i BUFFER = {
    /* .free_buffer   = */ buffer_free,
    /* .get_base      = */ buffer_base,
    /* .init_tensor   = */ nullptr,
    /* .memset_tensor = */ buffer_memset,
    /* .set_tensor    = */ buffer_set,
    /* .get_tensor    = */ buffer_get,
    /* .set_tensor_2d = */ nullptr,
    /* .get_tensor_2d = */ nullptr,
    /* .cpy_tensor    = */ buffer_copy,
    /* .clear         = */ buffer_clear,
    /* .reset         = */ nullptr,
};

const char * buft_name(ggml_backend_buffer_type_t buft) { return state_of(buft).name.c_str(); }
size_t       buft_alignment(ggml_backend_buffer_type_t) { return ALIGNMENT; }

ggml_backend_buffer_t buft_alloc(ggml_backend_buffer_type_t buft, size_t size) {
    device_state & state = state_of(buft);
    if (size + state.hidden > state.memory - state.allocated) {
        return nullptr;
    }

    state.allocated += size;
    state.most = std::max(state.most, state.allocated);
    return ggml_backend_buffer_init(buft, BUFFER, &state, size);
}

// Fused attention over a cache that is not F16 makes copies that are, behind its result.
size_t attention_size(const ggml_tensor * tensor) {
    size_t size = ggml_nbytes(tensor);
    const ggml_tensor * k = tensor->src[1];
    const ggml_tensor * v = tensor->src[2];
    bool is_same = v->view_src && (v->view_src == k || (v->view_src == k->view_src && v->view_offs == k->view_offs));
    for (const ggml_tensor * cache : { k, is_same ? nullptr : v }) {
        if (cache && cache->type != GGML_TYPE_F16) {
            size = GGML_PAD(size, ALIGNMENT) + ggml_nelements(cache) * ggml_type_size(GGML_TYPE_F16);
        }
    }

    return size;
}

size_t buft_alloc_size(ggml_backend_buffer_type_t buft, const ggml_tensor * tensor) {
    size_t size = tensor->op == GGML_OP_FLASH_ATTN_EXT && state_of(buft).copies_cache ? attention_size(tensor) : ggml_nbytes(tensor);
    size_t past = size_t(tensor->ne[0]) % QUANTIZED_ROW;
    return ggml_is_quantized(tensor->type) && past != 0 ? size + ggml_row_size(tensor->type, QUANTIZED_ROW - past) : size;
}

// Pinned memory: address space only, until somebody writes there.

const char * host_buft_name(ggml_backend_buffer_type_t) { return "Fake_Host"; }

void host_free(ggml_backend_buffer_t buffer) {
    munmap(buffer->context, buffer->size);
}

ggml_backend_buffer_t host_alloc(ggml_backend_buffer_type_t buft, size_t size) {
    void * memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return nullptr;
    }

    ggml_backend_buffer_t buffer = ggml_backend_cpu_buffer_from_ptr(memory, size);
    buffer->buft = buft;
    buffer->iface.free_buffer = host_free;
    return buffer;
}

// The stream.

const char * backend_name(ggml_backend_t backend) { return state_of(backend->device).name.c_str(); }
void         backend_free(ggml_backend_t backend) { delete backend; }
void         backend_set(ggml_backend_t, ggml_tensor *, const void *, size_t, size_t) {}
void         backend_get(ggml_backend_t, const ggml_tensor *, void * data, size_t, size_t size) { memset(data, 0, size); }
bool         backend_copy(ggml_backend_t, ggml_backend_t, const ggml_tensor *, ggml_tensor *) { return true; }
void         backend_synchronize(ggml_backend_t) {}
void         backend_event(ggml_backend_t, ggml_backend_event_t) {}

ggml_status backend_compute(ggml_backend_t, ggml_cgraph *) { return GGML_STATUS_SUCCESS; }

ggml_backend_i backend_interface() {
    ggml_backend_i result = {};
    result.get_name = backend_name;
    result.free = backend_free;
    result.set_tensor_async = backend_set;
    result.get_tensor_async = backend_get;
    result.cpy_tensor_async = backend_copy;
    result.synchronize = backend_synchronize;
    result.graph_compute = backend_compute;
    result.event_record = backend_event;
    result.event_wait = backend_event;
    return result;
}

// The device.

const char * device_name(ggml_backend_dev_t device) { return state_of(device).name.c_str(); }
const char * device_description(ggml_backend_dev_t) { return "a GPU that is not there"; }

void device_memory(ggml_backend_dev_t device, size_t * free, size_t * total) {
    *free = state_of(device).memory - state_of(device).allocated;
    *total = state_of(device).memory;
}

enum ggml_backend_dev_type device_type(ggml_backend_dev_t) { return GGML_BACKEND_DEVICE_TYPE_GPU; }

void device_props(ggml_backend_dev_t device, ggml_backend_dev_props * props) {
    props->name = device_name(device);
    props->description = device_description(device);
    props->type = device_type(device);
    props->device_id = nullptr;
    device_memory(device, &props->memory_free, &props->memory_total);
    bool pipelines = state_of(device).pipelines;
    props->caps = {
        /* .async                = */ pipelines,
        /* .host_buffer          = */ true,
        /* .buffer_from_host_ptr = */ false,
        /* .events               = */ pipelines,
        /* .mmap_support         = */ true,
    };
}

ggml_backend_t device_init(ggml_backend_dev_t device, const char *) {
    static ggml_guid guid = { 'f', 'a', 'k', 'e', ' ', 'g', 'p', 'u' };
    return new ggml_backend { &guid, backend_interface(), device, nullptr };
}

ggml_backend_buffer_type_t device_buffers(ggml_backend_dev_t device) { return &state_of(device).buffers; }
ggml_backend_buffer_type_t device_host_buffers(ggml_backend_dev_t) { return &devices[0].host_buffers; }

bool device_supports_op(ggml_backend_dev_t, const ggml_tensor *) { return true; }
bool device_supports_buft(ggml_backend_dev_t device, ggml_backend_buffer_type_t buft) { return buft == &state_of(device).buffers; }

// Which rows an operation has to compute: what makes a copy of its weights worth it.
bool device_offload_op(ggml_backend_dev_t, const ggml_tensor * op) {
    switch (op->op) {
        case GGML_OP_GET_ROWS:
            return false;
        case GGML_OP_MUL_MAT:
            return op->ne[1] >= OFFLOAD_BATCH;
        case GGML_OP_MUL_MAT_ID:
        case GGML_OP_ROPE:
        case GGML_OP_ROPE_BACK:
            return op->ne[2] >= OFFLOAD_BATCH;
        default:
            return ggml_nrows(op) >= OFFLOAD_BATCH;
    }
}

ggml_backend_event_t event_new(ggml_backend_dev_t device) {
    return state_of(device).pipelines ? new ggml_backend_event { device, nullptr } : nullptr;
}

void event_free(ggml_backend_dev_t, ggml_backend_event_t event) { delete event; }
void event_synchronize(ggml_backend_dev_t, ggml_backend_event_t) {}

// The registry.

const char *       reg_name(ggml_backend_reg_t) { return "Fake"; }
size_t             reg_count(ggml_backend_reg_t) { return size_t(device_count); }
ggml_backend_dev_t reg_device(ggml_backend_reg_t, size_t index) { return &devices[index].device; }

void set_up() {
    const char * asked = getenv("LOCALLLM_FAKE_GPUS");
    device_count = std::clamp(asked ? atoi(asked) : MOST_DEVICES, 1, MOST_DEVICES);
    registry.api_version = GGML_BACKEND_API_VERSION;
    registry.iface.get_name = reg_name;
    registry.iface.get_device_count = reg_count;
    registry.iface.get_device = reg_device;
    for (int i = 0; i < device_count; i++) {
        device_state & state = devices[i];
        state.index = i;
        state.name = "Fake" + std::to_string(i);

        ggml_backend_device_i & device = state.device.iface;
        device.get_name = device_name;
        device.get_description = device_description;
        device.get_memory = device_memory;
        device.get_type = device_type;
        device.get_props = device_props;
        device.init_backend = device_init;
        device.get_buffer_type = device_buffers;
        device.get_host_buffer_type = device_host_buffers;
        device.supports_op = device_supports_op;
        device.supports_buft = device_supports_buft;
        device.offload_op = device_offload_op;
        device.event_new = event_new;
        device.event_free = event_free;
        device.event_synchronize = event_synchronize;
        state.device.reg = &registry;
        state.device.context = &state;

        state.buffers.iface.get_name = buft_name;
        state.buffers.iface.alloc_buffer = buft_alloc;
        state.buffers.iface.get_alignment = buft_alignment;
        state.buffers.iface.get_alloc_size = buft_alloc_size;
        state.buffers.device = &state.device;
        state.buffers.context = &state;

        state.host_buffers.iface = ggml_backend_cpu_buffer_type()->iface;
        state.host_buffers.iface.get_name = host_buft_name;
        state.host_buffers.iface.alloc_buffer = host_alloc;
        state.host_buffers.device = &devices[0].device;
        state.host_buffers.context = &state;
    }
}

ggml_backend_reg_t fake_gpu_reg() {
    if (device_count == 0) {
        set_up();
    }

    return &registry;
}

} // namespace

GGML_BACKEND_DL_IMPL(fake_gpu_reg)

extern "C" {

// Memory of a device in bytes, whether it is asynchronous and has events, and whether fused attention copies a cache.
GGML_BACKEND_API void fake_gpu_set(int index, size_t memory, int pipelines, int copies_cache) {
    device_state & state = devices[index];
    state.memory = memory;
    state.pipelines = pipelines != 0;
    state.copies_cache = copies_cache != 0;
    state.most = state.allocated;
}

// What a device can't give although it says that it is free.
GGML_BACKEND_API void fake_gpu_hide(int index, size_t bytes) { devices[index].hidden = bytes; }

// The most that was allocated on a device since fake_gpu_set.
GGML_BACKEND_API size_t fake_gpu_most(int index) { return devices[index].most; }

GGML_BACKEND_API size_t fake_gpu_allocated(int index) { return devices[index].allocated; }

// What llama.cpp says that each buffer type takes: lines of NAME MODEL CONTEXT COMPUTE. Returns the length of the text.
GGML_BACKEND_API int fake_gpu_breakdown(const llama_context * context, char * text, int size) {
    std::string lines;
    for (const auto & [buft, data] : llama_get_memory_breakdown(context)) {
        lines += std::string(ggml_backend_buft_name(buft)) + " " + std::to_string(data.model) + " " + std::to_string(data.context) + " " + std::to_string(data.compute) + "\n";
    }

    return snprintf(text, size_t(size), "%s", lines.c_str());
}

}
