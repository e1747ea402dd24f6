# The three programs in one image: /bin/consumer, /bin/server and /bin/dispatcher.
#
#   docker build -t dispatcher .
#   docker run --rm --env-file my.env dispatcher                                     # a consumer
#   docker run --rm --env-file my.env -p 8080:8080 --entrypoint /bin/server dispatcher
#
# PDFs of reports need a browser: base an image of your own on Debian with its chromium and fonts, and copy /bin from this one.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# The database engine is C++: linked in whole, with its run-time library. Only the C library is the image's.
RUN CGO_ENABLED=1 go build -trimpath -ldflags='-s -w -linkmode external -extldflags "-static-libstdc++ -static-libgcc"' -o /out/ ./cmd/consumer ./cmd/server ./cmd/dispatcher

# The C library, authorities of TLS and time zones; no shell, and a user without rights.
FROM gcr.io/distroless/base-debian12:nonroot
COPY --from=build /out/ /bin/
USER 65532:65532
ENTRYPOINT ["/bin/consumer"]
