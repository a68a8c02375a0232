/** What a restore would do to a server, decided before anything is touched. */
@NullMarked
package dev.salvor.plan.restore;

import org.jspecify.annotations.NullMarked;
