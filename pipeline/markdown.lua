-- Read texts, each a pair of text and format, by themselves; write the tree of each as a line of JSON.
for _, text in ipairs(pandoc.json.decode(io.read 'a')) do
  io.write(pandoc.write(pandoc.read(text[1], text[2]), 'json'), '\n')
end
