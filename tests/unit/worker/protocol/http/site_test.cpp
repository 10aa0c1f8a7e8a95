#include "worker/protocol/http/site.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace banterd::worker::http {

namespace {

constexpr std::array<Asset, 3> kAssets{{
    {"/assets/app-1a2b.js", "text/javascript; charset=utf-8", "W/\"bb\"", "plain js", "gz"},
    {"/dot.png", "image/png", "W/\"cc\"", "png", {}},
    {"/index.html", "text/html; charset=utf-8", "W/\"aa\"", "plain page", "zipped"},
}};

HttpRequest get(std::string path, std::vector<std::pair<std::string, std::string>> fields = {}) {
  HttpRequest request;
  request.path = std::move(path);
  request.fields = std::move(fields);
  request.fields.emplace_back("Host", "chat.example:8080");
  return request;
}

Response answered(const HttpRequest& request) { return answer(request, kAssets); }

std::string field(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.fields) {
    if (key == name) return value;
  }
  return "none";
}

}  // namespace

TEST_SUITE("worker/protocol/http/site") {
  TEST_CASE("the page is at its path and at /") {
    for (const char* path : {"/", "/index.html"}) {
      const Response page = answered(get(path));
      CHECK(page.status == Status::ok);
      CHECK(page.body == "plain page");
      CHECK(page.content_type == "text/html; charset=utf-8");
      CHECK(field(page, "ETag") == "W/\"aa\"");
      CHECK(field(page, "Content-Encoding") == "none");
      CHECK(field(page, "Vary") == "Accept-Encoding");
    }
  }

  TEST_CASE("who takes gzip gets it, where there is any") {
    for (const char* accepted : {"gzip", "br, GZIP;q=0.5", "*", "deflate, gzip ; q=1", "*;q=0.1"}) {
      CAPTURE(accepted);
      const Response page = answered(get("/", {{"Accept-Encoding", accepted}}));
      CHECK(page.body == "zipped");
      CHECK(field(page, "Content-Encoding") == "gzip");
      CHECK(field(page, "ETag") == "W/\"aa\"");
    }
    for (const char* accepted :
         {"", "br", "gzip;q=0", "gzip; q=0.0", "*;q=1, gzip;q=0", "gzipped", "*;q=0"}) {
      CAPTURE(accepted);
      CHECK(answered(get("/", {{"Accept-Encoding", accepted}})).body == "plain page");
    }
    CHECK(answered(get("/dot.png", {{"Accept-Encoding", "gzip"}})).body == "png");
  }

  TEST_CASE("what a browser has already is not sent again") {
    for (const char* known : {"W/\"aa\"", "\"aa\"", "\"x\", W/\"aa\"", "*"}) {
      CAPTURE(known);
      const Response response = answered(get("/", {{"If-None-Match", known}}));
      CHECK(response.status == Status::not_modified);
      CHECK(response.body == "");
      CHECK(response.content_type == "");
      CHECK(field(response, "ETag") == "W/\"aa\"");
    }
    for (const char* other : {"\"bb\"", "aa", ""})
      CHECK(answered(get("/", {{"If-None-Match", other}})).status == Status::ok);
  }

  TEST_CASE("only what has its content's hash in its name is kept without asking") {
    CHECK(field(answered(get("/assets/app-1a2b.js")), "Cache-Control") ==
          "public, max-age=31536000, immutable");
    CHECK(field(answered(get("/")), "Cache-Control") == "no-cache");
  }

  TEST_CASE("the page may load what is here, and talk to this host") {
    const std::string policy = field(answered(get("/")), "Content-Security-Policy");
    CHECK(policy.find("default-src 'none'; script-src 'self'; ") == 0);
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(policy.ends_with("connect-src 'self' ws://chat.example:8080 wss://chat.example:8080"));
    HttpRequest odd = get("/");
    odd.fields.back().second = "a; script-src *";
    CHECK(field(answered(odd), "Content-Security-Policy").ends_with("connect-src 'self'"));
  }

  TEST_CASE("HEAD is GET without the body, which has its length") {
    HttpRequest request = get("/");
    request.method = HttpRequest::Method::head;
    const Response response = answered(request);
    CHECK_FALSE(response.sends_body);
    CHECK(response.body == "plain page");
    std::string bytes;
    append_response(bytes, response, 0);
    CHECK(bytes.find("Content-Length: 10\r\n") != std::string::npos);
    CHECK(bytes.ends_with("\r\n\r\n"));
  }

  TEST_CASE("other methods are told which there are, other paths that there is nothing") {
    HttpRequest request = get("/");
    request.method = HttpRequest::Method::other;
    CHECK(answered(request).status == Status::method_not_allowed);
    CHECK(field(answered(request), "Allow") == "GET, HEAD");
    for (const char* path : {"/nope", "/index.html/", "/../etc/passwd", "/%69ndex.html", "//"})
      CHECK(answered(get(path)).status == Status::not_found);
  }

  TEST_CASE("/health is not kept by anybody") {
    const Response health = answered(get("/health"));
    CHECK(health.status == Status::ok);
    CHECK(health.body == "ok\n");
    CHECK(field(health, "Cache-Control") == "no-store");
  }

  TEST_CASE("an answer has its date and length, and says when it is the last") {
    Response response = refusal(Status::not_found);
    std::string bytes;
    append_response(bytes, response, 784111777000);
    CHECK(bytes ==
          "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
          "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
          "Referrer-Policy: no-referrer\r\nContent-Type: text/plain; charset=utf-8\r\n"
          "Content-Length: 15\r\n\r\n404 Not Found\r\n");
    response.keeps_alive = false;
    bytes.clear();
    append_response(bytes, response, 0);
    CHECK(bytes.find("\r\nConnection: close\r\n") != std::string::npos);
  }

  TEST_CASE("the page is in the program") {
    const auto page = answer(get("/"), assets());
    CHECK(page.status == Status::ok);
    CHECK(page.content_type == "text/html; charset=utf-8");
    CHECK(page.body.find("<!doctype html>") == 0);
    for (const Asset& asset : assets()) {
      CAPTURE(asset.path);
      CHECK(asset.path.starts_with('/'));
      CHECK(asset.etag.starts_with("W/\""));
      CHECK((asset.gzip.empty() || asset.gzip.starts_with("\x1f\x8b")));
      CHECK(asset.gzip.size() < asset.plain.size());
    }
  }
}

}  // namespace banterd::worker::http
