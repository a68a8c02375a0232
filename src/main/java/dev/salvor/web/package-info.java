/** What is served over HTTP: health and metrics. */
@NullMarked
package dev.salvor.web;

import org.jspecify.annotations.NullMarked;
