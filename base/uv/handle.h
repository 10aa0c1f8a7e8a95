// Owning pointers to libuv handles. A handle never moves (libuv's design.rst): it lives on the
// heap, is closed by uv_close when its owner goes, and is freed in the close callback. `data` is
// cleared first, so a late callback finds null.
#pragma once

#include <uv.h>

#include <memory>

namespace banterd::base {

template <class T>
struct HandleDeleter {
  void operator()(T* handle) const noexcept {
    handle->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* h) { delete reinterpret_cast<T*>(h); });
  }
};

template <class T>
using Handle = std::unique_ptr<T, HandleDeleter<T>>;

}  // namespace banterd::base
